import type { Store } from "../../core/store/port.ts";
import type { Log } from "../log.ts";

/** How far this host's clock is from Consul's: shown, since whatever else tells the time here is wrong by as much. */
export interface HostClock {
  /** Milliseconds to add to get Consul's time, in whole seconds, as they were when it was looked at last; undefined while they agree. */
  offsetMs(): number | undefined;
  /** Whether what Consul's last answer told is news. Costs no request. */
  look(): boolean;
}

/** Clocks that run apart slowly are no news each time. */
const NEWS_MS = 5_000;
const SECOND_MS = 1_000;

export function createHostClock(store: Pick<Store, "clockOffsetMs">, log: Log): HostClock {
  let told = 0;
  return {
    offsetMs: () => (told === 0 ? undefined : told),
    look() {
      const found = Math.round(store.clockOffsetMs() / SECOND_MS) * SECOND_MS;
      if (found === told || (found !== 0 && told !== 0 && Math.abs(found - told) < NEWS_MS)) return false;
      told = found;
      if (found === 0) log.info({ event: "clock" }, "this host's clock and Consul's agree again");
      else log.warn({ event: "clock", offsetMs: found }, `this host's clock is ${Math.abs(found) / SECOND_MS} s ${found > 0 ? "behind" : "ahead of"} Consul's: the times in this log are wrong by that much, and nothing that the agent does goes by it; set both by NTP`);
      return true;
    },
  };
}
