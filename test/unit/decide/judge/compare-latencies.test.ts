import { describe, expect, test } from "vitest";
import { compareLatencies } from "../../../../core/decide/judge/compare-latencies.ts";
import { logBeta } from "../../../../core/decide/judge/log-gamma.ts";
import { normalTail } from "../../../../core/decide/judge/normal-tail.ts";
import { rankSumTail } from "../../../../core/decide/judge/rank-sum-tail.ts";
import { shiftRatio } from "../../../../core/decide/judge/shift-ratio.ts";
import { groupSamples } from "../../../../core/decide/judge/tied-groups.ts";
import { seededRandom } from "../../../support/random.ts";

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
    expect(rankSumTail(groupSamples(suspect, baseline, 1))).toBeCloseTo(tail, 9);
  });

  test("exact and normal are nearly the same where one takes over from the other", () => {
    const [suspect, baseline] = [times(20, (at) => at * 1.07 + 3), times(20, (at) => at)];
    const doubled = rankSumTail(groupSamples([...suspect, 10.5], [...baseline, 10.6], 1));
    expect(Math.abs(rankSumTail(groupSamples(suspect, baseline, 1)) - doubled)).toBeLessThan(0.02);
  });

  test("the ratio is the middle of all pairs' ratios", () => {
    expect(shiftRatio(A, B)).toBeCloseTo(1.6102351203650795, 4);
    expect(shiftRatio([2, 4], [1, 2])).toBeCloseTo(2, 4);
  });
});

describe("the functions it rests on, as SciPy has them", () => {
  test.each([[0, 0.5], [0.5, 0.3085375387259869], [2.49, 0.006387154764943171], [2.51, 0.006036558080412666], [4, 3.167124183311986e-5], [8, 6.22096057427174e-16], [-1, 0.8413447460685429]])("a normal value is above %d", (z, tail) => {
    expect(normalTail(z) / tail).toBeCloseTo(1, 10);
  });

  test.each([[0.5, 0.5, 1.1447298858494], [0.5, 500, -2.5346891063277326], [30.5, 470.5, -115.67377088431158], [1e6 + 0.5, 3.25e8, -6785370.949110985]])("log beta of %d and %d", (a, b, log) => {
    expect(logBeta(a, b) / log).toBeCloseTo(1, 11);
  });
});

describe("latencies", () => {
  const random = seededRandom(3);
  const latency = (slower: number) => slower * Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  const sample = (count: number, slower: number) => times(count, () => latency(slower));
  const settings = { confidence: 0.99, effect: 0.1, minSamples: 50, look: 1 };

  test.each([
    ["twice as slow", 300, 2, "worse"],
    ["alike", 2000, 1, "no-worse"],
    ["a fifth faster", 300, 0.8, "no-worse"],
    ["slower by just the effect", 300, 1.1, "undecided"],
    ["twice as slow, and too few of them", 49, 2, "undecided"],
  ])("%s", (_name, count, slower, says) => {
    expect(compareLatencies(sample(count, slower), sample(2000, 1), settings).says).toBe(says);
  });

  test("says how much slower, and how sure a look must be", () => {
    const compared = compareLatencies(sample(500, 1.5), sample(500, 1), { ...settings, look: 3 });
    expect(compared.samples).toEqual({ suspect: 500, baseline: 500 });
    expect(compared.spent).toBeCloseTo(0.01 / 12, 12);
    expect(Math.abs(compared.ratio - 1.5)).toBeLessThan(0.15);
    expect(compared.superiority).toBeGreaterThan(0.65);
  });

  test("all looks together spend what may be spent", () => {
    const spent = times(2000, (at) => compareLatencies([1], [1], { ...settings, look: at + 1 }).spent);
    const sum = spent.reduce((total, one) => total + one, 0);
    expect([sum <= 0.01, sum > 0.00999]).toEqual([true, true]);
  });

  test("11 that are made a tenth shorter are tied with 10", () => {
    expect(groupSamples([11, 22], [10, 20], 1.1)).toEqual([{ suspect: 1, baseline: 1 }, { suspect: 1, baseline: 1 }]);
  });

  test("a look below 1 is a bug", () => {
    expect(() => compareLatencies([1], [1], { ...settings, look: 0 })).toThrow("look is 0");
  });
});
