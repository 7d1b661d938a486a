/** What routers have counted of one version since the split stood as it does: the figures that versions are compared by. */
import * as z from "zod/mini";
import { count, text } from "./record-fields.ts";

/**
 * Latencies are counted in buckets, each a tenth wider than the one before: bucket n holds what took more than 1.1^(n-1) ms and at
 * most 1.1^n; the first everything up to 1 ms, the last everything above 83 s.
 */
const WIDTH = 1.1;
const LAST_BUCKET = 120;
export const BUCKETS = LAST_BUCKET + 1;

export function bucketOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(LAST_BUCKET, Math.ceil(Math.log(ms) / LOG_WIDTH));
}
const LOG_WIDTH = Math.log(WIDTH);

/** The upper end of a bucket, in milliseconds. */
export function boundOf(bucket: number): number {
  return bucket >= LAST_BUCKET ? Infinity : WIDTH ** bucket;
}

const trafficCountsSchema = z.object({
  requests: count,
  /** Answers of 5xx, and tries that no answer came to. */
  errors: count,
  /** By bucket, those that aren't empty; absent where the router can't tell how long answers took. */
  buckets: z.optional(z.record(z.string().check(z.regex(/^(?:[1-9]?\d|1[01]\d|120)$/)), count)),
});
export type TrafficCounts = z.infer<typeof trafficCountsSchema>;

export const routedTrafficSchema = z.object({
  /** By version, since the split changed last. */
  now: z.record(text, trafficCountsSchema),
  /** By version, while the split before that stood. */
  before: z.record(text, trafficCountsSchema),
});
export type RoutedTraffic = z.infer<typeof routedTrafficSchema>;
