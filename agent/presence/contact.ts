import type { Clock } from "../../core/clock.ts";
import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import type { Log } from "../log.ts";

/** Whether Consul answers this agent's watch, and since when. */
export interface Contact {
  note(fault: StoreFault | undefined): void;
  connected(): boolean;
  /** Monotonic milliseconds of the last change of `connected`. */
  since(): number;
  lastFault(): string | undefined;
}

/** Logs once when Consul goes and once when it is back, not at every try. */
export function createContact(clock: Clock, log: Log): Contact {
  let fault: StoreFault | undefined;
  let isConnected = false;
  let since = clock.monotonic();

  const turn = (connected: boolean): void => {
    isConnected = connected;
    since = clock.monotonic();
  };

  return {
    note(next) {
      if (next === undefined && !isConnected) {
        log.info({ event: "consul-connected", afterMs: Math.round(clock.monotonic() - since) }, "Consul answers");
        turn(true);
      } else if (next !== undefined && (isConnected || next.kind !== fault?.kind)) {
        log.warn({ event: "consul-lost", kind: next.kind }, `${describeStoreFault(next)}; what was applied stays, and Consul is asked again`);
        turn(false);
      }
      if (next !== undefined) fault = next;
    },
    connected: () => isConnected,
    since: () => since,
    lastFault: () => (fault === undefined ? undefined : describeStoreFault(fault)),
  };
}
