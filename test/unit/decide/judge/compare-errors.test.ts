import { describe, expect, test } from "vitest";
import { boundDifference } from "../../../../core/decide/judge/bound-difference.ts";
import { compareErrors } from "../../../../core/decide/judge/compare-errors.ts";
import type { Stretch } from "../../../../core/decide/judge/stretches.ts";
import { seededRandom } from "../../../support/random.ts";

const SETTINGS = { confidence: 0.99, effect: 0.005, minSamples: 0 };
const counts = (errors: number, requests: number, baselineErrors: number, baselineRequests: number): Stretch => ({ suspect: { errors, requests }, baseline: { errors: baselineErrors, requests: baselineRequests } });

describe("what is said", () => {
  test.each<[string, Stretch, string]>([
    ["nothing was seen", counts(0, 0, 0, 0), "undecided"],
    ["the baseline has no request", counts(500, 500, 0, 0), "undecided"],
    ["the suspect has no request", counts(0, 0, 5, 1000), "undecided"],
    ["one of three fails", counts(1, 3, 0, 3), "undecided"],
    ["one of three fails beside many that don't", counts(1, 3, 0, 1000), "undecided"],
    ["all of three fail beside many that don't", counts(3, 3, 0, 1000), "worse"],
    ["all of three fail on both sides", counts(3, 3, 3, 3), "undecided"],
    ["no error in a few hundred", counts(0, 300, 0, 300), "undecided"],
    ["no error in a few thousand", counts(0, 2000, 0, 2000), "no-worse"],
    ["it fails, the baseline doesn't", counts(30, 500, 10, 10_000), "worse"],
    ["both fail alike", counts(600, 1000, 6000, 10_000), "undecided"],
    ["it is better", counts(1, 1000, 300, 10_000), "no-worse"],
    ["it is worse by just the effect, of very many", counts(6000, 1_000_000, 1000, 1_000_000), "undecided"],
    ["it is worse by twice the effect, of very many", counts(11_000, 1_000_000, 1000, 1_000_000), "worse"],
    ["it is worse by half the effect, of very many", counts(3500, 1_000_000, 1000, 1_000_000), "no-worse"],
    ["everything fails on its side", counts(1000, 1000, 0, 1000), "worse"],
  ])("%s", (_name, given, says) => {
    expect(compareErrors(given, SETTINGS).says).toBe(says);
  });

  test("nothing, before each side has the samples", () => {
    const given = counts(50, 100, 0, 100_000);
    expect(compareErrors(given, { ...SETTINGS, minSamples: 100 }).says).toBe("worse");
    expect(compareErrors(given, { ...SETTINGS, minSamples: 101 }).says).toBe("undecided");
    expect(compareErrors(counts(50, 100_000, 0, 100), { ...SETTINGS, minSamples: 101 }).says).toBe("undecided");
  });

  test("with the shares that were seen", () => {
    expect(compareErrors(counts(3, 100, 0, 0), SETTINGS)).toMatchObject({ suspect: { errors: 3, requests: 100, share: 0.03 }, baseline: { share: 0 }, chance: 1 });
  });
});

describe("its figures", () => {
  /** By numerical integration and a grid of 400,000 rates, with SciPy 1.17. */
  test.each<[Stretch, number]>([
    [counts(30, 500, 10, 10_000), 3.9809195182395456e-16],
    [counts(3, 3, 0, 1000), 6.6534305040624494e-6],
  ])("are those of an independent calculation", (given, chance) => {
    const seen = compareErrors(given, SETTINGS).chance;
    expect(seen / chance).toBeCloseTo(1, 4);
  });

  test("don't depend on which side is called what", () => {
    const given = counts(40, 700, 20, 3000);
    const mirrored = { suspect: given.baseline, baseline: given.suspect };
    expect(compareErrors(given, { ...SETTINGS, effect: 0 }).chance).toBeCloseTo(compareErrors(mirrored, { ...SETTINGS, effect: 0 }).chanceIfWorse, 12);
  });

  test("take estimates that aren't whole, and counters that contradict each other a little", () => {
    expect(compareErrors(counts(30.4, 500.7, 9.8, 10_000.1), SETTINGS).says).toBe("worse");
    expect(compareErrors(counts(10.2, 10.1, -0.1, 1000), SETTINGS)).toMatchObject({ says: "worse", suspect: { errors: 10.1 }, baseline: { errors: 0 } });
  });

  test("refuse what is no count or no setting", () => {
    expect(() => compareErrors(counts(Number.NaN, 5, 0, 5), SETTINGS)).toThrow("no counts");
    expect(() => compareErrors(counts(0, 5, 0, 5), { ...SETTINGS, confidence: 1 })).toThrow("confidence is 1");
    expect(() => compareErrors(counts(0, 5, 0, 5), { ...SETTINGS, effect: -0.1 })).toThrow("effect is -0.1");
    expect(() => compareErrors(counts(0, 5, 0, 5), { ...SETTINGS, minSamples: Number.NaN })).toThrow("minSamples is NaN");
  });

  test("stay figures for any counts", () => {
    const random = seededRandom(1);
    for (let at = 0; at < 2000; at += 1) {
      const requests = () => Math.floor(10 ** (random() * 12));
      const [own, others] = [requests(), requests()];
      const given = counts(Math.round(own * random() ** 8), own, Math.round(others * random() ** 8), others);
      const { chance, chanceIfWorse } = compareErrors(given, { ...SETTINGS, effect: random() ** 4 });
      expect(chance >= 0 && chance <= 1 && chanceIfWorse >= 0 && chanceIfWorse <= 1, JSON.stringify({ given, chance, chanceIfWorse })).toBe(true);
    }
  });
});

describe("always valid", () => {
  const STEPS = 24;
  const ALLOWED = 0.2;
  /**
   * Exactly how likely it is that `judge` ever says so, looking after each of the requests that `order` deals to the sides: all ways
   * in which they can end are followed, each with its probability.
   */
  function chanceEver(rates: { readonly suspect: number; readonly baseline: number }, order: readonly ("suspect" | "baseline")[], judge: (counts: Stretch) => boolean): number {
    let states = new Map([["0,0", { errors: { suspect: 0, baseline: 0 }, probability: 1 }]]);
    const requests = { suspect: 0, baseline: 0 };
    let ever = 0;
    for (const side of order) {
      requests[side] += 1;
      const after: typeof states = new Map();
      for (const { errors, probability } of states.values()) {
        for (const failed of [0, 1]) {
          const next = { ...errors, [side]: errors[side] + failed };
          const key = `${next.suspect},${next.baseline}`;
          const more = probability * (failed === 1 ? rates[side] : 1 - rates[side]);
          after.set(key, { errors: next, probability: (after.get(key)?.probability ?? 0) + more });
        }
      }
      states = after;
      for (const [key, { errors, probability }] of states) {
        if (!judge({ suspect: { errors: errors.suspect, requests: requests.suspect }, baseline: { errors: errors.baseline, requests: requests.baseline } })) continue;
        ever += probability;
        states.delete(key);
      }
    }
    return ever;
  }
  const alternating = Array.from({ length: 2 * STEPS }, (_, at) => (at % 2 === 0 ? "suspect" : "baseline"));
  const seldom = Array.from({ length: 2 * STEPS }, (_, at) => (at % 8 === 7 ? "suspect" : "baseline"));
  const saidBy = (says: string, effect: number) => (given: Stretch) => compareErrors(given, { confidence: 1 - ALLOWED, effect, minSamples: 0 }).says === says;

  test.each([
    ["alike, seldom failing", { suspect: 0.03, baseline: 0.03 }, 0, alternating],
    ["alike, often failing", { suspect: 0.5, baseline: 0.5 }, 0, alternating],
    ["alike, few of the suspect", { suspect: 0.2, baseline: 0.2 }, 0, seldom],
    ["worse by just the effect", { suspect: 0.3, baseline: 0.2 }, 0.1, alternating],
  ] as const)("worse is said wrongly no oftener than stated, at all looks together: %s", (_name, rates, effect, order) => {
    expect(chanceEver(rates, order, saidBy("worse", effect))).toBeLessThanOrEqual(ALLOWED);
  });

  test("no-worse is said wrongly no oftener than stated", () => {
    expect(chanceEver({ suspect: 0.3, baseline: 0.1 }, alternating, saidBy("no-worse", 0.2))).toBeLessThanOrEqual(ALLOWED);
  });

  test("and this would notice a test that isn't: the shares alone", () => {
    const isMuchMore = ({ baseline, suspect }: Stretch): boolean => suspect.errors / suspect.requests - baseline.errors / baseline.requests > 0.25;
    expect(chanceEver({ suspect: 0.3, baseline: 0.3 }, alternating, isMuchMore)).toBeGreaterThan(ALLOWED);
  });
});

describe("stretches", () => {
  test("an incident that meets most of the suspect's requests is nobody's", () => {
    const before = counts(1, 1000, 19, 19_000);
    const during = counts(2000, 10_000, 2000, 10_000);
    const together = counts(2001, 11_000, 2019, 29_000);
    expect(compareErrors(together, SETTINGS).says).toBe("worse");
    expect(compareErrors([before, during], SETTINGS).says).not.toBe("worse");
  });

  test("a fault that begins late is found in its stretch", () => {
    const quiet = counts(10, 10_000, 10, 10_000);
    expect(compareErrors([quiet, quiet, quiet, counts(40, 500, 1, 500)], SETTINGS).says).toBe("worse");
    expect(compareErrors([quiet, quiet, quiet, counts(0, 500, 1, 500)], SETTINGS).says).toBe("no-worse");
  });

  test("evidence from several adds up, and totals are told", () => {
    const little = counts(9, 300, 3, 3000);
    expect(compareErrors(little, SETTINGS).says).toBe("undecided");
    expect(compareErrors([little, little, little], SETTINGS)).toMatchObject({ says: "worse", suspect: { errors: 27, requests: 900, share: 0.03 } });
  });

  test("none is nothing", () => {
    expect(compareErrors([], SETTINGS)).toMatchObject({ says: "undecided", chance: 1 });
  });
});

describe("bounds of the difference", () => {
  test("say the same as the comparison", () => {
    const random = seededRandom(2);
    for (let at = 0; at < 40; at += 1) {
      const [own, others] = [Math.floor(10 ** (1 + random() * 4)), Math.floor(10 ** (1 + random() * 4))];
      const given = counts(Math.round(own * 0.1 * random()), own, Math.round(others * 0.05 * random()), others);
      const { least, most } = boundDifference(given, 0.99);
      const seen = given.suspect.errors / own - given.baseline.errors / others;
      expect([least <= seen, seen <= most]).toEqual([true, true]);
      expect(compareErrors(given, SETTINGS).says).toBe(least >= SETTINGS.effect ? "worse" : most <= SETTINGS.effect ? "no-worse" : "undecided");
    }
  });

  test("close in on the difference, and are everything where nothing was seen", () => {
    const { least, most } = boundDifference(counts(60_000, 1_000_000, 10_000, 1_000_000), 0.99);
    expect([least > 0.048, most < 0.052]).toEqual([true, true]);
    expect(boundDifference(counts(5, 5, 0, 0), 0.99)).toEqual({ least: -1, most: 1 });
  });
});
