/** "Look again": any number of raises before a wait count as one. */
export interface SignalFlag {
  raise(): void;
  /** Resolves when raised (and lowers it), when the signal fires, or after `ms`. */
  wait(signal: AbortSignal, ms?: number): Promise<void>;
}

/** For one waiter at a time. */
export function createSignalFlag(): SignalFlag {
  let isRaised = false;
  let wake: (() => void) | undefined;
  let heard: AbortSignal | undefined;

  const onAbort = (): void => wake?.();
  /** Whoever waits does it in a loop, under one signal: it is listened to once, not at every turn. */
  const hear = (signal: AbortSignal): void => {
    if (heard === signal) return;
    heard?.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    heard = signal;
  };

  const raisedOrAborted = (ms: number | undefined): Promise<void> =>
    new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => wake?.(), ms);
      wake = () => {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      };
    });

  return {
    raise() {
      isRaised = true;
      wake?.();
    },
    async wait(signal, ms) {
      if (!isRaised && !signal.aborted) {
        hear(signal);
        await raisedOrAborted(ms);
      }
      isRaised = false;
    },
  };
}
