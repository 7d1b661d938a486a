import type { Stretch } from "../../../core/decide/judge/stretches.ts";
import { pick, seededRandom } from "../../support/random.ts";
import type { Random } from "./draw.ts";
import { type Canary, runCanary } from "./error-canary.ts";
import { type Judge, chiSquareJudge, sequentialJudge, seriesJudge } from "./judges.ts";
import { BASELINE_RATES, PARTS, type Traffic } from "./traffic.ts";

/** How many of so many canaries were called worse at any look, by each judge. */
export type Alarms = Readonly<Record<string, { readonly of: number; readonly alarms: number }>>;

interface Case {
  readonly canary: (random: Random, traffic: Traffic) => Omit<Canary, "traffic">;
  readonly judges: (traffic: Traffic) => Readonly<Record<string, Judge>>;
}

/** The suspect is as its baseline, whatever that is. */
const ALIKE: Case["canary"] = (random) => {
  const [part, rate] = [pick(random, PARTS), pick(random, BASELINE_RATES)];
  return { part, rates: () => ({ suspect: rate, baseline: rate }) };
};

export const EFFECT = 0.005;

export const CASES = {
  alike: { canary: ALIKE, judges: () => ({ none: sequentialJudge(0), effect: sequentialJudge(EFFECT) }) },
  /** As great a difference as there may be before it counts. */
  edge: {
    canary: (random) => {
      const [part, rate] = [pick(random, PARTS), pick(random, BASELINE_RATES)];
      return { part, rates: () => ({ suspect: rate + EFFECT, baseline: rate }) };
    },
    judges: () => ({ effect: sequentialJudge(EFFECT) }),
  },
  /** For a tenth of the time a fifth of all requests fails, on both sides: a database's fault. */
  incident: {
    canary: (random, { lastsS }) => {
      const [part, rate] = [pick(random, PARTS), pick(random, BASELINE_RATES)];
      const rateAt = (atS: number): number => (atS > lastsS * 0.3 && atS <= lastsS * 0.4 ? 0.2 : rate);
      return { part, rates: (atS) => ({ suspect: rateAt(atS), baseline: rateAt(atS) }) };
    },
    judges: () => ({ none: sequentialJudge(0) }),
  },
  chiSquare: { canary: ALIKE, judges: () => ({ naive: chiSquareJudge() }) },
  series: { canary: ALIKE, judges: ({ lastsS }) => ({ naive: seriesJudge(lastsS) }) },
} as const satisfies Readonly<Record<string, Case>>;

export function countFalseAlarms(name: keyof typeof CASES, traffic: Traffic, canaries: number, seed: number): Alarms {
  const random = seededRandom(seed);
  const { canary, judges } = CASES[name] as Case;
  const alarms = new Map(Object.keys(judges(traffic)).map((judge) => [judge, 0]));
  for (let at = 0; at < canaries; at += 1) {
    const calm = new Map(Object.entries(judges(traffic)));
    runCanary(random, { ...canary(random, traffic), traffic }, (look) => {
      for (const [judge, isWorse] of calm) {
        if (!isWorse(look)) continue;
        calm.delete(judge);
        alarms.set(judge, (alarms.get(judge) ?? 0) + 1);
      }
      return calm.size === 0 ? "enough" : "go on";
    });
  }
  return Object.fromEntries([...alarms].map(([judge, count]) => [judge, { of: canaries, alarms: count }]));
}

/** A rollout goes from 5 to 50 % at the very moment when a fifth of all requests begins to fail on both sides, for a minute of the five that follow. */
export function countAlarmsOfStep(kind: "totals" | "stretches", canaries: number, seed: number): number {
  const random = seededRandom(seed);
  const traffic = { name: "", perSecond: 100, lastsS: 300, everyS: 10 };
  const rates = { before: () => ({ suspect: 0.001, baseline: 0.001 }), after: (atS: number) => (atS <= 60 ? { suspect: 0.2, baseline: 0.2 } : { suspect: 0.001, baseline: 0.001 }) };
  const isWorse = sequentialJudge(0);
  let alarms = 0;
  for (let at = 0; at < canaries; at += 1) {
    let before: Stretch = { suspect: { errors: 0, requests: 0 }, baseline: { errors: 0, requests: 0 } };
    let isAlarmed = false;
    const judge = (counts: readonly Stretch[]): boolean => isWorse({ counts: kind === "stretches" ? counts : counts.reduce(sumOf) });
    runCanary(random, { traffic, part: 0.05, rates: rates.before }, ({ counts }) => {
      before = counts;
      isAlarmed ||= judge([counts]);
      return "go on";
    });
    runCanary(random, { traffic, part: 0.5, rates: rates.after }, ({ counts }) => {
      isAlarmed ||= judge([before, counts]);
      return isAlarmed ? "enough" : "go on";
    });
    alarms += isAlarmed ? 1 : 0;
  }
  return alarms;
}

function sumOf(one: Stretch, other: Stretch): Stretch {
  const add = (side: "suspect" | "baseline") => ({ errors: one[side].errors + other[side].errors, requests: one[side].requests + other[side].requests });
  return { suspect: add("suspect"), baseline: add("baseline") };
}
