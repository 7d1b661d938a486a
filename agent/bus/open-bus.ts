import { isNats } from "../../core/config/bus-settings.ts";
import type { Bus, BusDeps } from "./bus.ts";

/** Only the library of the bus that is used is loaded. */
export async function openBus(deps: BusDeps): Promise<Bus> {
  if (isNats(deps.settings.url)) return (await import("./nats.ts")).openNats(deps);
  return (await import("./rabbitmq.ts")).openRabbitmq(deps);
}
