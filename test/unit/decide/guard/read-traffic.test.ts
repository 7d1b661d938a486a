import { expect, test } from "vitest";
import * as z from "zod/mini";
import { readTraffic } from "../../../../core/decide/guard/read-traffic.ts";
import type { SeenRouter } from "../../../../core/model/facts.ts";
import { readingSchema } from "../../../../core/model/reading.ts";
import { type RoutedTraffic, type TrafficCounts, bucketOf, boundOf } from "../../../../core/model/traffic-counts.ts";
import { timeOf } from "../facts.ts";

const JUDGE = { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } };
const SUSPECT = { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.0.0", since: timeOf(1) };

const router = (traffic: RoutedTraffic | undefined, live = true): SeenRouter => ({
  live,
  record: { service: "checkout", router: "r", kind: "proxy", status: "in-sync", revision: 1, digest: "", seen: 1, split: [], notes: [], instances: 1, instance: "r", agent: { version: "1", startedAt: timeOf(0) }, at: timeOf(0), ...(traffic === undefined ? {} : { traffic }) },
});
const counts = (requests: number, errors: number, ms?: number): TrafficCounts => ({ requests, errors, ...(ms === undefined ? {} : { buckets: { [String(bucketOf(ms))]: requests } }) });
const beside = (two: TrafficCounts, one: TrafficCounts): SeenRouter => router({ now: { "2.0.0": two, "1.0.0": one }, before: {} });
const after = (two: TrafficCounts, one: TrafficCounts): SeenRouter => router({ now: { "2.0.0": two, "1.0.0": counts(2, 2) }, before: { "1.0.0": one } });

const read = (routers: readonly SeenRouter[], above?: number, baseline: string | undefined = "1.0.0") => readTraffic({ suspect: { ...SUSPECT, baseline }, routers, settings: { compare: ["errors", "latency"], above }, judge: JUDGE });

test.each<[string, readonly SeenRouter[], number | undefined, "bad" | "good" | "no-data", boolean | undefined]>([
  ["no router", [], undefined, "no-data", undefined],
  ["no router counts", [router(undefined)], undefined, "no-data", undefined],
  ["routers that are gone", [router({ now: { "2.0.0": counts(900, 900), "1.0.0": counts(900, 0) }, before: {} }, false)], undefined, "no-data", undefined],
  ["too few requests", [beside(counts(49, 49), counts(900, 0))], undefined, "no-data", undefined],
  ["nothing to compare with", [beside(counts(900, 0), counts(10, 0))], undefined, "no-data", undefined],
  ["as good as the baseline", [beside(counts(900, 3), counts(9000, 30))], undefined, "good", undefined],
  ["a fifth fails", [beside(counts(200, 40), counts(2000, 2))], undefined, "bad", false],
  ["a fifth of both fails", [beside(counts(200, 40), counts(2000, 400))], undefined, "good", undefined],
  ["seen by several routers, each too little", [beside(counts(30, 10), counts(300, 0)), beside(counts(30, 9), counts(300, 0))], undefined, "bad", false],
  ["the pin moved at once", [after(counts(200, 40), counts(9000, 9))], undefined, "bad", false],
  ["slower by half", [beside(counts(900, 0, 150), counts(9000, 0, 100))], undefined, "bad", false],
  ["as slow", [beside(counts(900, 0, 100), counts(9000, 0, 100))], undefined, "good", undefined],
  ["above the threshold", [beside(counts(200, 40), counts(2000, 2))], 0.05, "bad", false],
  ["both above the threshold", [beside(counts(200, 40), counts(2000, 400))], 0.05, "bad", true],
  ["below the threshold, with nothing to compare with", [beside(counts(200, 1), counts(0, 0))], 0.05, "good", undefined],
])("%s", (_name, routers, above, says, alike) => {
  const reading = read(routers, above);
  expect([reading.says, reading.alike]).toEqual([says, alike]);
  expect(z.safeParse(readingSchema, reading).success).toBe(true);
});

test("the sentence has the figures, and evidence the chances", () => {
  expect(read([beside(counts(200, 40), counts(2000, 2))])).toMatchObject({
    summary: "more requests fail (by more than 0.5%, at 99% confidence): 2.0.0 failed 40 of 200 (20%), 1.0.0 failed 2 of 2000 (0.1%) beside it",
    evidence: [{ kind: "counts", version: "2.0.0", requests: 200, errors: 40, routers: 1 }, { kind: "counts", version: "1.0.0", when: "beside" }, { kind: "comparison", of: "errors", says: "worse" }],
  });
});

test("buckets hold what is at most their bound, and more than the one before", () => {
  for (const ms of [0, 0.4, 1, 1.05, 1.1, 2, 99, 100, 12_345, 1e9]) {
    const bucket = bucketOf(ms);
    expect(ms).toBeLessThanOrEqual(boundOf(bucket) * (1 + 1e-12));
    if (bucket > 0) expect(ms).toBeGreaterThan(boundOf(bucket - 1) * (1 - 1e-12));
  }
});
