/** What may end a request from our side: its time, or a signal. The first wins, and all are let go of afterwards. */
import { setMaxListeners } from "node:events";
import type { Clock } from "../../clock.ts";

export interface Limits {
  readonly timeoutMs: number;
  readonly signals: readonly AbortSignal[];
}

/**
 * Not AbortSignal.any: in Node 20 it keeps what was joined to a long-lived signal for as long as that lives.
 * @returns how to let go.
 */
export function limitBy(clock: Clock, { timeoutMs, signals }: Limits, end: (kind: "aborted" | "timed-out") => void): () => void {
  const abort = (): void => end("aborted");
  const late = (): void => end("timed-out");
  const cancel = clock.after?.(timeoutMs, late) ?? afterSleeping(clock, timeoutMs, late);
  for (const signal of signals) {
    shareable(signal);
    signal.addEventListener("abort", abort, { once: true });
  }
  return () => {
    cancel();
    for (const signal of signals) signal.removeEventListener("abort", abort);
  };
}

function afterSleeping(clock: Clock, ms: number, run: () => void): () => void {
  const cancelled = new AbortController();
  void clock.sleep(ms, cancelled.signal).then(() => {
    if (!cancelled.signal.aborted) run();
  });
  return () => cancelled.abort();
}

const shared = new WeakSet<AbortSignal>();

/** Many calls at once may hang on one signal, and each lets go of it: not the leak that Node would warn of. */
function shareable(signal: AbortSignal): void {
  if (shared.has(signal)) return;
  shared.add(signal);
  setMaxListeners(0, signal);
}
