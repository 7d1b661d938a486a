import { type CompareSettings, type Says, mustBeSettings } from "./judgement.ts";
import { rankSum, superiority } from "./rank-sum.ts";
import { rankSumTail } from "./rank-sum-tail.ts";
import { shiftRatio } from "./shift-ratio.ts";
import { groupSamples } from "./tied-groups.ts";

export interface LatencyComparison {
  readonly says: Says;
  readonly samples: { readonly suspect: number; readonly baseline: number };
  /** How likely one of the suspect's measurements is above one of the baseline's; 0.5 where they are alike. */
  readonly superiority: number;
  /** How many times as long the suspect's take. */
  readonly ratio: number;
  /** How likely a look is to show this or more although the suspect is not slower by more than the effect, and what this look may spend. */
  readonly chance: number;
  readonly spent: number;
}

/** Of what may be spent in all, look 1 gets a half, look 2 a sixth, look k 1 / (k (k + 1)): together all of it, however many there are. */
function spentBy(look: number): number {
  return 1 / (look * (look + 1));
}

/**
 * Whether the suspect's latencies are greater than the baseline's by more than the part `effect`: Mann-Whitney, exact for few
 * measurements. For measurements themselves, of any stretch of time. `look` counts from 1 how often this was asked about this
 * suspect; each look spends a part of 1 - confidence, so looks should be as far apart as half as many measurements again.
 * Cumulative histograms may be looked at all the time: `compareLatencyHistograms`.
 */
export function compareLatencies(suspect: readonly number[], baseline: readonly number[], settings: CompareSettings & { readonly look: number }): LatencyComparison {
  mustBeSettings(settings);
  const { confidence, effect, look, minSamples } = settings;
  if (!(look >= 1)) throw new RangeError(`look is ${look}, and counts from 1`);
  const groups = groupSamples(suspect, baseline, 1 + effect);
  const [chance, spent] = [rankSumTail(groups), (1 - confidence) * spentBy(look)];
  const chanceIfWorse = rankSumTail(groups.map((group) => ({ suspect: group.baseline, baseline: group.suspect })));
  const says = chance <= spent ? "worse" : chanceIfWorse <= spent ? "no-worse" : "undecided";
  return {
    says: Math.min(suspect.length, baseline.length) >= minSamples ? says : "undecided",
    samples: { suspect: suspect.length, baseline: baseline.length },
    superiority: superiority(rankSum(groupSamples(suspect, baseline, 1))),
    ratio: shiftRatio(suspect, baseline),
    chance,
    spent,
  };
}
