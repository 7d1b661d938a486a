import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../../clock.ts";
import { dateOf } from "./answer-fields.ts";

export interface ClockOffset {
  note(headers: IncomingHttpHeaders): void;
  /** Milliseconds to add to this machine's clock to get Consul's; 0 while they agree to about a second. */
  offsetMs(): number;
}

/** The Date header counts whole seconds, so it lags by half of one on average. */
const HALF_TICK_MS = 500;
const AGREEING_MS = 1_000;

export function createClockOffset(clock: Clock): ClockOffset {
  let offset = 0;
  return {
    note(headers) {
      const date = dateOf(headers);
      if (date === undefined) return;
      const apart = date + HALF_TICK_MS - clock.now();
      offset = Math.abs(apart) <= AGREEING_MS + HALF_TICK_MS ? 0 : apart;
    },
    offsetMs: () => offset,
  };
}
