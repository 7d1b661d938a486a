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

  const raisedOrAborted = (signal: AbortSignal, ms: number | undefined): Promise<void> =>
    new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        wake = undefined;
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(finish, ms);
      signal.addEventListener("abort", finish, { once: true });
      wake = finish;
    });

  return {
    raise() {
      isRaised = true;
      wake?.();
    },
    async wait(signal, ms) {
      if (!isRaised && !signal.aborted) await raisedOrAborted(signal, ms);
      isRaised = false;
    },
  };
}
