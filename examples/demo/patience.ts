import { systemClock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

const LOOK_EVERY_MS = 50;

/** Looks until there is something; the fault names what was missing, or says that the demo was interrupted. */
export async function waitFor<T>(what: string, limitMs: number, signal: AbortSignal, look: () => Promise<T | undefined> | T | undefined): Promise<Result<T, string>> {
  const deadline = systemClock.monotonic() + limitMs;
  for (;;) {
    if (signal.aborted) return err("interrupted");
    const seen = await look();
    if (seen !== undefined) return ok(seen);
    if (systemClock.monotonic() > deadline) return err(`not within ${limitMs / 1000} s: ${what}`);
    await systemClock.sleep(LOOK_EVERY_MS, signal);
  }
}
