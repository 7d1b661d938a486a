import type { Clock } from "../../clock.ts";

/** Together no more than 20 queries in any second, and the first few after a quiet time at once. */
const BURST = 5;
const EACH_MS = 1_000 / 15;

export interface Pace {
  /** Waits until another query is due, and counts it. */
  next(signal: AbortSignal): Promise<void>;
  /** A query that could not wait: the next one waits longer. */
  readonly count: () => void;
}

/** Against a server (or a proxy before it) that ignores `index` and answers every blocking query at once. */
export function createPace(clock: Clock): Pace {
  let tokens = BURST;
  let countedAt = clock.monotonic();
  const refill = (): void => {
    const now = clock.monotonic();
    tokens = Math.min(BURST, tokens + (now - countedAt) / EACH_MS);
    countedAt = now;
  };
  return {
    next: async (signal) => {
      refill();
      if (tokens < 1) await clock.sleep((1 - tokens) * EACH_MS, signal);
      refill();
      tokens -= 1;
    },
    count: () => {
      tokens -= 1;
    },
  };
}
