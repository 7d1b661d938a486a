import type { Clock } from "../../core/clock.ts";

/** A burst that doesn't end is cut after so many times the pause. */
const LONGEST_BURST = 10;

/** Runs once `ms` after the last call of a burst. Nothing runs after the signal. */
export function debounce(run: () => void, ms: number, clock: Clock, signal: AbortSignal): () => void {
  let latest = 0;
  let pending = false;
  const settle = async (started: number): Promise<void> => {
    while (!signal.aborted && clock.monotonic() - latest < ms && clock.monotonic() - started < LONGEST_BURST * ms) {
      await clock.sleep(Math.max(1, ms - (clock.monotonic() - latest)), signal);
    }
    pending = false;
    if (!signal.aborted) run();
  };
  return () => {
    latest = clock.monotonic();
    if (pending) return;
    pending = true;
    void settle(latest);
  };
}
