import { describe, expect, test } from "vitest";
import { groupSamples } from "../../../bench/canaries/group-samples.ts";
import { rankSumTail } from "../../../bench/canaries/rank-sum-tail.ts";

const A = [1.1, 2.2, 3.3, 4.4, 5.5];
const B = [0.9, 1, 2, 2.1, 3, 3.1];
const times = (count: number, of: (at: number) => number) => Array.from({ length: count }, (_, at) => of(at));

describe("Mann-Whitney", () => {
  test.each<[string, readonly number[], readonly number[], number]>([
    ["SciPy, exact", A, B, 0.06277056277056277],
    ["all ways to deal tied measurements, counted by itertools", [3, 3, 4, 5, 5, 7], [1, 2, 3, 3, 4, 5, 5], 0.1381118881118881],
    ["SciPy, exact, 20 against 20", times(20, (at) => ((at * 37) % 50) / 10 + 0.7), times(20, (at) => ((at * 29) % 50) / 10 + 0.013 * at), 0.10059724021855856],
    ["SciPy, normal, with ties and continuity", times(40, (at) => ((at * 37) % 50) + 3), times(45, (at) => (at * 29) % 50), 0.13839965905923995],
    ["R's own example of wilcox.test, from Hollander and Wolfe", [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46], [1.15, 0.88, 0.9, 0.74, 1.21], 0.1272061272061272],
    ["all are tied", [1, 1], [1, 1, 1], 1],
    ["all of many are tied", times(50, () => 1), times(50, () => 1), 1],
    ["one side has none", [], [1, 2], 1],
  ])("as by %s", (_name, suspect, baseline, tail) => {
    expect(rankSumTail(groupSamples(suspect, baseline))).toBeCloseTo(tail, 9);
  });

  test("exact and normal are nearly the same where one takes over from the other", () => {
    const [suspect, baseline] = [times(20, (at) => at * 1.07 + 3), times(20, (at) => at)];
    const doubled = rankSumTail(groupSamples([...suspect, 10.5], [...baseline, 10.6]));
    expect(Math.abs(rankSumTail(groupSamples(suspect, baseline)) - doubled)).toBeLessThan(0.02);
  });
});
