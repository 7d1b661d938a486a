import { expect, test } from "vitest";
import { compareErrorsToShare } from "../../../../core/decide/judge/compare-errors-to-share.ts";
import { logEvidenceAgainst, rateEvidence } from "../../../../core/decide/judge/rate-evidence.ts";

test.each([
  ["nothing was seen", 0, 0, "undecided"],
  ["one of one fails", 1, 1, "undecided"],
  ["all of five fail", 5, 5, "worse"],
  ["as many as may", 50, 1000, "undecided"],
  ["a few more than may", 60, 1000, "undecided"],
  ["twice as many", 100, 1000, "worse"],
  ["none of twenty", 0, 20, "undecided"],
  ["none of two hundred", 0, 200, "no-worse"],
  ["half as many of many", 2500, 100_000, "no-worse"],
])("against 5%%: %s", (_name, errors, requests, says) => {
  expect(compareErrorsToShare({ errors, requests }, 0.05, { confidence: 0.99, minSamples: 0 }).says).toBe(says);
});

test("a threshold of nothing or of all", () => {
  expect(compareErrorsToShare({ errors: 1, requests: 10 }, 0, { confidence: 0.99, minSamples: 0 }).says).toBe("worse");
  expect(compareErrorsToShare({ errors: 10, requests: 10 }, 1, { confidence: 0.99, minSamples: 0 }).says).toBe("undecided");
});

test("nothing is said before it has the samples", () => {
  expect(compareErrorsToShare({ errors: 40, requests: 49 }, 0.05, { confidence: 0.99, minSamples: 50 }).says).toBe("undecided");
});

/** By numerical integration with SciPy 1.17. */
test.each([
  [3, 100, 0.005, 2.6592010766525864],
  [1, 3, 0.005, 6.503626748170415],
])("the evidence of %d of %d against %d is that of an independent calculation", (errors, requests, share, evidence) => {
  expect(Math.exp(logEvidenceAgainst(rateEvidence({ errors, requests }), share))).toBeCloseTo(evidence, 6);
});

test("is never more than its share on average, whatever comes", () => {
  for (const [requests, rate] of [[1, 0.5], [7, 0.01], [40, 0.2]] as const) {
    let mean = 0;
    let ways = 1;
    for (let errors = 0; errors <= requests; errors += 1) {
      mean += ways * rate ** errors * (1 - rate) ** (requests - errors) * Math.exp(logEvidenceAgainst(rateEvidence({ errors, requests }), rate));
      ways = (ways * (requests - errors)) / (errors + 1);
    }
    expect(mean).toBeCloseTo(1, 9);
  }
});
