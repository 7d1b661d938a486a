import type { Clock } from "../clock.ts";
import type { Store } from "./port.ts";

/**
 * What time it is by Consul's clock, milliseconds since the epoch. What is written for others, or compared with what others
 * wrote, goes by it: hosts' clocks jump, each by itself. This host's own where Consul has not answered yet.
 */
export function consulTime(store: Pick<Store, "clockOffsetMs">, clock: Pick<Clock, "now">): number {
  return clock.now() + store.clockOffsetMs();
}
