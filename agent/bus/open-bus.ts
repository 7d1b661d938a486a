import { isNats } from "../../core/config/bus-settings.ts";
import type { Bus, BusDeps } from "./bus.ts";
import { keepConnected } from "./keep-connected.ts";

/** Only the library of the bus that is used is loaded. */
export async function openBus(deps: BusDeps): Promise<Bus> {
  const { connect } = isNats(deps.settings.url) ? await import("./nats.ts") : await import("./rabbitmq.ts");
  const stopped = new AbortController();
  const running = keepConnected(deps, () => connect(deps), stopped.signal);
  return {
    async close() {
      stopped.abort();
      await running;
    },
  };
}
