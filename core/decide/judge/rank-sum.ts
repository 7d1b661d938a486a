/**
 * The Mann-Whitney statistic of grouped measurements.
 *
 * H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the other", Ann. Math.
 * Statist. 18 (1947), 50-60; its variance where there are ties: E. L. Lehmann, "Nonparametrics" (1975), section 1.4.
 */
import type { TiedGroup } from "./tied-groups.ts";

export interface RankSum {
  readonly suspects: number;
  readonly baselines: number;
  /** How many pairs have the suspect's the greater; a tied pair counts half. */
  readonly u: number;
  /** What u is on average, and how much it varies, where both sides are alike. */
  readonly mean: number;
  readonly deviation: number;
}

export function rankSum(groups: readonly TiedGroup[]): RankSum {
  let [suspects, baselines, u, ties] = [0, 0, 0, 0];
  for (const { baseline, suspect } of groups) {
    u += suspect * (baselines + baseline / 2);
    suspects += suspect;
    baselines += baseline;
    ties += (suspect + baseline) ** 3 - (suspect + baseline);
  }
  const [all, pairs] = [suspects + baselines, suspects * baselines];
  const variance = all > 1 ? (pairs / 12) * (all + 1 - ties / (all * (all - 1))) : 0;
  return { suspects, baselines, u, mean: pairs / 2, deviation: Math.sqrt(Math.max(0, variance)) };
}

/** How likely one of the suspect's measurements is above one of the baseline's: a half where they are alike. */
export function superiority({ baselines, suspects, u }: RankSum): number {
  return suspects * baselines === 0 ? 0.5 : u / (suspects * baselines);
}
