/**
 * A signal that fires with the first of several. `AbortSignal.any` does that too, but leaves a trace on signals that
 * live as long as the agent; this one is taken off them again.
 */
export interface FirstSignal {
  readonly signal: AbortSignal;
  /** Fires it now. */
  readonly fire: () => void;
  /** Must be called when nobody listens any more. */
  readonly release: () => void;
}

export function firstOf(...signals: readonly AbortSignal[]): FirstSignal {
  const own = new AbortController();
  const fire = (): void => own.abort();
  const release = (): void => {
    for (const signal of signals) signal.removeEventListener("abort", fire);
  };
  for (const signal of signals) {
    if (signal.aborted) fire();
    else signal.addEventListener("abort", fire, { once: true });
  }
  own.signal.addEventListener("abort", release, { once: true });
  return { signal: own.signal, fire, release };
}

/** Waits for the promise, or until the signal fires. */
export async function orAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true, signal: done.signal });
  });
  await Promise.race([promise, aborted]).finally(() => done.abort());
}
