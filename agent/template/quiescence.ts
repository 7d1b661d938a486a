/** When to render after a burst of changes: once nothing has changed for `min`, at the latest `max` after the first. */
export interface Quiescence {
  readonly min: number;
  readonly max: number;
}

/** A burst that was not rendered yet, in milliseconds of the monotonic clock. */
export interface Burst {
  readonly first: number;
  readonly last: number;
}

export function noteChange(burst: Burst | undefined, now: number): Burst {
  return { first: burst?.first ?? now, last: now };
}

/** How long to wait from `now`; 0 when it is time. */
export function remaining(burst: Burst, quiescence: Quiescence, now: number): number {
  return Math.max(0, Math.min(burst.last + quiescence.min, burst.first + quiescence.max) - now);
}
