/** Time comes in from outside, so that decisions and tests own it. */
export interface Clock {
  /** Milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds of a clock that never jumps: for durations. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal fires; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `run` after `ms` unless what is returned is called before. For limits that are set on every request and hardly
   * ever reached, where a signal each would cost more than the request's own handling.
   */
  after?(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener("abort", finish, { once: true });
    }),
};

/** Calls `run` after `ms` unless what is returned is called before; by sleeping where the clock has no other way. */
export function callAfter(clock: Clock, ms: number, run: () => void): () => void {
  if (clock.after !== undefined) return clock.after(ms, run);
  const cancelled = new AbortController();
  void clock.sleep(ms, cancelled.signal).then(() => cancelled.signal.aborted || run());
  return () => cancelled.abort();
}

/** The time as records keep it: ISO 8601, UTC, milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The inverse of `isoTime`, for times that a record's schema has already accepted. */
export function parseIsoTime(iso: string): number {
  return Date.parse(iso);
}

/** The same moment by both clocks. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export function momentOf(clock: Pick<Clock, "monotonic" | "now">): Moment {
  return { monotonic: clock.monotonic(), wall: clock.now() };
}

/**
 * Milliseconds since then, rather too many than too few: for what mustn't be believed for too long. Monotonic time stands
 * still while the machine is suspended; wall time may have been set ahead or back meanwhile.
 */
export function mostSince({ monotonic, wall }: Moment, clock: Pick<Clock, "monotonic" | "now">): number {
  return Math.max(clock.monotonic() - monotonic, clock.now() - wall);
}
