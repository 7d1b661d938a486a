import { expect, test } from "vitest";
import * as z from "zod/mini";
import type { CountedCalls } from "../../../../core/decide/audit/recent-calls.ts";
import { readAudit } from "../../../../core/decide/guard/read-audit.ts";
import { readingSchema } from "../../../../core/model/reading.ts";
import { timeOf } from "../facts.ts";

const JUDGE = { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } };
const SUSPECT = { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.0.0", since: timeOf(1) };
const BAD_AT = Date.parse(timeOf(2));

const counts = (requests: number, errors: number): CountedCalls => ({ requests, errors, firstBad: errors === 0 ? undefined : { atMs: BAD_AT, operation: "POST /pay", trace: "t1" } });
const read = (own: CountedCalls, beside: CountedCalls, before: CountedCalls, above?: number, baseline: string | undefined = "1.0.0") =>
  readAudit({ suspect: { ...SUSPECT, baseline }, counts: { own, beside, before }, settings: { above }, judge: JUDGE, badLines: 3 });

test.each<[string, ReturnType<typeof read>, "bad" | "good" | "no-data", boolean | undefined]>([
  ["no call", read(counts(0, 0), counts(900, 0), counts(0, 0)), "no-data", undefined],
  ["nothing to compare with", read(counts(900, 90), counts(3, 0), counts(3, 0)), "no-data", undefined],
  ["no other version", read(counts(900, 90), counts(0, 0), counts(0, 0), undefined, undefined), "no-data", undefined],
  ["worse than the baseline beside it", read(counts(200, 40), counts(2000, 2), counts(0, 0)), "bad", false],
  ["worse than the baseline before it", read(counts(200, 40), counts(1, 0), counts(2000, 2)), "bad", false],
  ["as bad as the baseline", read(counts(200, 40), counts(2000, 400), counts(0, 0)), "good", undefined],
  ["above a bound that it has alone", read(counts(200, 40), counts(0, 0), counts(0, 0), 0.05), "bad", undefined],
  ["above a bound that both are", read(counts(200, 40), counts(2000, 400), counts(0, 0), 0.05), "bad", true],
])("%s", (_name, reading, says, alike) => {
  expect([reading.says, reading.alike]).toEqual([says, alike]);
  expect(z.safeParse(readingSchema, reading).success).toBe(true);
});

test("says the figures, when the first call failed, and how many lines were none", () => {
  expect(read(counts(200, 40), counts(0, 0), counts(2000, 2))).toMatchObject({
    since: timeOf(2),
    summary: expect.stringContaining("2.0.0 failed 40 of 200 (20%), 1.0.0 failed 2 of 2000 (0.1%) before it") as string,
    evidence: [{ kind: "audit", badLines: 3, firstBad: { at: timeOf(2), operation: "POST /pay", trace: "t1" } }, { kind: "counts", version: "2.0.0" }, { kind: "counts", version: "1.0.0" }, { kind: "comparison", says: "worse" }],
  });
  expect(read(counts(3, 0), counts(0, 0), counts(0, 0)).summary).toBe("audit logs have of checkout 2.0.0 failed 0 of 3 (0%), 1.0.0 failed 0 of 0 beside it, and 50 requests are needed");
});
