/** How many requests were answered in all since the version came, and how many of these failed. Prometheus estimates counts, so they needn't be whole. */
export interface ErrorCounts {
  readonly errors: number;
  readonly requests: number;
}

/** Estimates of two counters can contradict each other by a little: not more errors than requests, and none below 0. */
export function plausibleCounts({ errors, requests }: ErrorCounts): ErrorCounts {
  if (!Number.isFinite(errors) || !Number.isFinite(requests)) throw new RangeError(`${errors} of ${requests} requests are no counts`);
  const all = Math.max(0, requests);
  return { errors: Math.min(all, Math.max(0, errors)), requests: all };
}

/** The part of requests that failed; 0 of none. */
export function shareOf({ errors, requests }: ErrorCounts): number {
  return requests === 0 ? 0 : errors / requests;
}
