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

/**
 * What Consul said last is carried on by the clock that never jumps, so that a jump of this machine's wall clock is known at
 * once, not with the next answer. That clock stands still while the machine is suspended: until the next answer the offset
 * is then wrong by as much.
 */
export function createClockOffset(clock: Clock): ClockOffset {
  let heard: { readonly date: number; readonly at: number } | undefined;
  return {
    note(headers) {
      const date = dateOf(headers);
      if (date !== undefined) heard = { date: date + HALF_TICK_MS, at: clock.monotonic() };
    },
    offsetMs() {
      if (heard === undefined) return 0;
      const apart = Math.round(heard.date + (clock.monotonic() - heard.at) - clock.now());
      return Math.abs(apart) <= AGREEING_MS + HALF_TICK_MS ? 0 : apart;
    },
  };
}
