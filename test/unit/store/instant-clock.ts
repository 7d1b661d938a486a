import type { Clock } from "../../../core/clock.ts";

/** Sleeping takes no time and moves the clock by as much. */
export function instantClock(): Clock & { readonly slept: number[]; advance(ms: number): void } {
  let now = 1_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) => {
      if (signal?.aborted !== true) {
        now += ms;
        slept.push(ms);
      }
      return Promise.resolve();
    },
    advance: (ms) => {
      now += ms;
    },
  };
}
