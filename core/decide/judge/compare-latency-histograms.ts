import { type Histogram, mustBeHistogram, totalOf } from "./histogram.ts";
import { groupHistograms } from "./histogram-groups.ts";
import { type CompareSettings, type Says, mustBeSettings, saysOf } from "./judgement.ts";
import { rankSum, superiority } from "./rank-sum.ts";
import { chanceOfMore } from "./sequential-rank-sum.ts";

export interface HistogramComparison {
  readonly says: Says;
  readonly samples: { readonly suspect: number; readonly baseline: number };
  /** How likely one of the suspect's measurements is above one of the baseline's; 0.5 where they are alike. */
  readonly superiority: number;
  /** At most how likely it is that the figures ever come to look like this although the suspect is not slower by more than the effect. */
  readonly chance: number;
  /** The same, although the suspect is slower by the effect or more. */
  readonly chanceIfWorse: number;
}

/** The statistic is as good as normal from here on, however small the policy's minimum is. */
const LEAST_SAMPLES = 30;

/**
 * Whether the suspect's latencies are greater than the baseline's by more than the part `effect`, from cumulative histograms of all
 * that was measured since the suspect came. It may be looked at all the time. Buckets are taken to be filled evenly, so they should
 * not be much wider than the effect where most requests are.
 */
export function compareLatencyHistograms(suspect: Histogram, baseline: Histogram, settings: CompareSettings): HistogramComparison {
  mustBeSettings(settings);
  mustBeHistogram(suspect);
  mustBeHistogram(baseline);
  const { effect, minSamples } = settings;
  const samples = { suspect: totalOf(suspect), baseline: totalOf(baseline) };
  const groups = groupHistograms(suspect, baseline, 1 + effect);
  const [chance, chanceIfWorse] = [chanceOfMore(groups), chanceOfMore(groups.map((group) => ({ suspect: group.baseline, baseline: group.suspect })))];
  return {
    says: Math.min(samples.suspect, samples.baseline) >= Math.max(minSamples, LEAST_SAMPLES) ? saysOf(chance, chanceIfWorse, settings) : "undecided",
    samples,
    superiority: superiority(rankSum(groupHistograms(suspect, baseline, 1))),
    chance,
    chanceIfWorse,
  };
}
