import { BUCKETS, type TrafficCounts, bucketOf } from "../../core/model/traffic-counts.ts";

/** Status codes from here on are failures. */
export const FAILED = 500;

/** What one version did since the split changed. Made once and emptied: each request counts here. */
export interface Since {
  answers: number;
  errors: number;
  unanswered: number;
  /** How long answers took, by bucket. */
  readonly buckets: Uint32Array;
  isTimed: boolean;
}

export function nothingYet(): Since {
  return { answers: 0, errors: 0, unanswered: 0, buckets: new Uint32Array(BUCKETS), isTimed: false };
}

export function countAnswer(since: Since, status: number, times: number, ms: number | undefined): void {
  since.answers += times;
  if (status >= FAILED) since.errors += times;
  if (ms === undefined) return;
  const bucket = bucketOf(ms);
  since.buckets[bucket] = (since.buckets[bucket] ?? 0) + times;
  since.isTimed = true;
}

export function empty(since: Since): void {
  since.answers = 0;
  since.errors = 0;
  since.unanswered = 0;
  since.buckets.fill(0);
  since.isTimed = false;
}

/** Of each split, those with the most requests: bounded, however many versions there ever were. */
const MOST_VERSIONS = 8;

/** In numbers that can be told, without versions that had nothing to do. */
export function writeCounts(counted: Iterable<readonly [string, Since]>): Record<string, TrafficCounts> {
  const used = [...counted].flatMap(([version, since]): [string, TrafficCounts][] => {
    const requests = since.answers + since.unanswered;
    return requests === 0 ? [] : [[version, { requests, errors: since.errors + since.unanswered, ...(since.isTimed ? { buckets: filled(since.buckets) } : {}) }]];
  });
  return Object.fromEntries(used.sort(([, a], [, b]) => b.requests - a.requests).slice(0, MOST_VERSIONS));
}

function filled(buckets: Uint32Array): Record<string, number> {
  return Object.fromEntries([...buckets].flatMap((count, bucket) => (count === 0 ? [] : [[String(bucket), count]])));
}
