import { inspect } from "node:util";
import { systemClock } from "../../core/clock.ts";

export interface Patience {
  readonly deadlineMs?: number;
  readonly everyMs?: number;
}

/** Polls until `probe` gives something; a probe that throws is asked again. At the deadline the error names `what` and what was last seen. */
export async function until<T>(what: string, probe: () => Promise<T | undefined | false> | T | undefined | false, { deadlineMs = 45_000, everyMs = 50 }: Patience = {}): Promise<T> {
  const end = systemClock.monotonic() + deadlineMs;
  for (;;) {
    let last: unknown;
    let cause: unknown;
    try {
      const seen = await probe();
      if (seen !== undefined && seen !== false) return seen;
      last = seen;
    } catch (thrown) {
      cause = thrown;
    }
    if (systemClock.monotonic() > end) {
      const seen = cause === undefined ? inspect(last, { depth: 4 }) : `an error: ${inspect(cause, { depth: 2 })}`;
      throw new Error(`not within ${deadlineMs} ms: ${what}; last seen: ${seen}`, { cause });
    }
    await systemClock.sleep(everyMs);
  }
}
