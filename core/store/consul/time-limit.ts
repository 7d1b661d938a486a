/** What may end a request from our side. The first wins, and both are let go of afterwards. */
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
  const over = new AbortController();
  const abort = (): void => end("aborted");
  for (const signal of signals) {
    // Many calls at once may share a signal, and each lets go of it: not the leak that Node would warn of.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", abort, { once: true });
  }
  void clock.sleep(timeoutMs, over.signal).then(() => {
    if (!over.signal.aborted) end("timed-out");
  });
  return () => {
    over.abort();
    for (const signal of signals) signal.removeEventListener("abort", abort);
  };
}
