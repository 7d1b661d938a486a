import type { Counters } from "./counters.ts";
import type { Log } from "./log.ts";

/** What the disk refuses, each time that it does: all is counted, and told once until something else is refused. */
export function reportDiskFaults(log: Log, counters: Counters): (message: string) => void {
  let told = "";
  return (message) => {
    counters.diskFaults += 1;
    if (message === told) return;
    told = message;
    log.error({ event: "disk" }, message);
  };
}
