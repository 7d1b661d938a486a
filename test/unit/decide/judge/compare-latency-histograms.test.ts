import { describe, expect, test } from "vitest";
import { compareLatencyHistograms } from "../../../../core/decide/judge/compare-latency-histograms.ts";
import { groupHistograms } from "../../../../core/decide/judge/histogram-groups.ts";
import type { Histogram } from "../../../../core/decide/judge/histogram.ts";

const SETTINGS = { confidence: 0.99, effect: 0.1, minSamples: 0 };
const BOUNDS = [0.1, 0.15, 0.2, 0.3, 0.4, 0.6, Infinity];
const of = (...counts: readonly number[]): Histogram => ({ bounds: BOUNDS, counts });

describe("what is said", () => {
  test.each<[string, Histogram, Histogram, string]>([
    ["nothing was measured", of(0, 0, 0, 0, 0, 0, 0), of(0, 0, 0, 0, 0, 0, 0), "undecided"],
    ["the baseline has none", of(0, 0, 10, 50, 90, 100, 100), of(0, 0, 0, 0, 0, 0, 0), "undecided"],
    ["fewer than the normal distribution needs", of(0, 0, 0, 0, 0, 29, 29), of(500, 900, 1000, 1000, 1000, 1000, 1000), "undecided"],
    ["all in the slowest bucket", of(0, 0, 0, 0, 0, 0, 40), of(500, 900, 1000, 1000, 1000, 1000, 1000), "worse"],
    ["all of both in one bucket, of which nobody knows more", of(0, 0, 0, 0, 0, 0, 400), of(0, 0, 0, 0, 0, 0, 400), "undecided"],
    ["alike", of(1000, 2000, 3000, 4000, 5000, 6000, 6000), of(1000, 2000, 3000, 4000, 5000, 6000, 6000), "no-worse"],
    ["twice as slow", of(0, 100, 500, 900, 1500, 1900, 2000), of(500, 900, 1500, 1800, 1900, 2000, 2000), "worse"],
    ["faster", of(500, 900, 1500, 1800, 1900, 2000, 2000), of(0, 100, 500, 900, 1500, 1900, 2000), "no-worse"],
  ])("%s", (_name, suspect, baseline, says) => {
    expect(compareLatencyHistograms(suspect, baseline, SETTINGS).says).toBe(says);
  });

  test("nothing, before each side has the samples", () => {
    const [slow, usual] = [of(0, 0, 0, 0, 0, 0, 40), of(500, 900, 1000, 1000, 1000, 1000, 1000)];
    expect(compareLatencyHistograms(slow, usual, { ...SETTINGS, minSamples: 41 }).says).toBe("undecided");
    expect(compareLatencyHistograms(slow, usual, SETTINGS)).toMatchObject({ samples: { suspect: 40, baseline: 1000 }, superiority: 1 });
  });

  test("what is no cumulative histogram is refused", () => {
    const fine = of(1, 2, 3, 4, 5, 6, 7);
    expect(() => compareLatencyHistograms({ bounds: [1, 2], counts: [1, 2] }, fine, SETTINGS)).toThrow("no cumulative histogram");
    expect(() => compareLatencyHistograms(of(1, 2, 3, 2, 5, 6, 7), fine, SETTINGS)).toThrow("no cumulative histogram");
    expect(() => compareLatencyHistograms(fine, { bounds: [], counts: [] }, SETTINGS)).toThrow("no cumulative histogram");
  });
});

describe("groups", () => {
  test("of the same bounds are the buckets", () => {
    expect(groupHistograms({ bounds: [1, 2, Infinity], counts: [3, 5, 6] }, { bounds: [1, 2, Infinity], counts: [1, 1, 9] }, 1)).toEqual([{ suspect: 3, baseline: 1 }, { suspect: 2, baseline: 0 }, { suspect: 1, baseline: 8 }]);
  });

  test("of others divide buckets evenly, and end where either can't tell any more", () => {
    expect(groupHistograms({ bounds: [2, 4, Infinity], counts: [10, 20, 21] }, { bounds: [1, 3, Infinity], counts: [4, 8, 8] }, 1)).toEqual([{ suspect: 5, baseline: 4 }, { suspect: 5, baseline: 2 }, { suspect: 5, baseline: 2 }, { suspect: 6, baseline: 0 }]);
  });

  test("have the suspect's measurements divided", () => {
    expect(groupHistograms({ bounds: [2, Infinity], counts: [10, 10] }, { bounds: [1, Infinity], counts: [10, 10] }, 2)).toEqual([{ suspect: 10, baseline: 10 }, { suspect: 0, baseline: 0 }]);
  });
});
