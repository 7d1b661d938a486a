/** What may end a request from our side: its time, or a signal. The first wins, and all are let go of afterwards. */
import { setMaxListeners } from "node:events";
import { type Clock, callAfter } from "../../clock.ts";

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
  const cancel = callAfter(clock, timeoutMs, late);
  for (const signal of signals) endsOf(signal).add(abort);
  return () => {
    cancel();
    for (const signal of signals) endsOf(signal).delete(abort);
  };
}

export interface LimitedSignal {
  /** Its reason is a TimeoutError where the time was over. */
  readonly signal: AbortSignal;
  /** Must be called when nobody listens any more. */
  release(): void;
}

/** The same as a signal. Not AbortSignal.any over AbortSignal.timeout: Node 20 may collect that timeout as garbage before it fires, and whoever waits, waits for ever. */
export function limitedSignal(clock: Clock, limits: Limits): LimitedSignal {
  const over = new AbortController();
  const release = limitBy(clock, limits, (kind) => over.abort(kind === "timed-out" ? new DOMException(`no answer within ${limits.timeoutMs} ms`, "TimeoutError") : undefined));
  if (limits.signals.some(({ aborted }) => aborted)) over.abort();
  return { signal: over.signal, release };
}

const ends = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * What to call when the signal fires. Many calls hang on one signal, one after the other and at once: it is listened to
 * once, since to take a listener off again costs a walk along all of them.
 */
function endsOf(signal: AbortSignal): Set<() => void> {
  const known = ends.get(signal);
  if (known !== undefined) return known;
  const made = new Set<() => void>();
  ends.set(signal, made);
  // Others listen too, each once: not the leak that Node would warn of.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", () => [...made].forEach((end) => end()), { once: true });
  return made;
}
