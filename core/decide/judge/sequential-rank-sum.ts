import { normalTail } from "./normal-tail.ts";
import { rankSum } from "./rank-sum.ts";
import type { TiedGroup } from "./tied-groups.ts";

/** How far from a half the superiority is expected to be where there is a difference. It tunes how soon which difference is found, not how often one is that isn't there. */
const EXPECTED = 0.1;

/**
 * At most how likely it is that measurements ever come to look like this, or more so, although the suspect's are not greater.
 *
 * As measurements come in, the deviation of the Mann-Whitney statistic from its mean moves as Brownian motion does by its variance.
 * So its likelihood, averaged over how far above a half the superiority could be (half a normal distribution), over that at a half
 * is a martingale in the limit of many measurements. It comes to 1 / alpha at any time with probability alpha at most.
 *
 * H. Robbins (1970), as in rate-evidence.ts; its one-sided form: S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform,
 * nonparametric, nonasymptotic confidence sequences", Ann. Statist. 49 (2021), proposition 6; in the limit: I. Waudby-Smith et al.,
 * "Time-uniform central limit theory and asymptotic confidence sequences", Ann. Statist. 52 (2024). Ranks looked at repeatedly:
 * C. Jennison, B. Turnbull, "Group Sequential Methods" (2000), chapter 11.
 */
export function chanceOfMore(groups: readonly TiedGroup[]): number {
  const { baselines, deviation, mean, suspects, u } = rankSum(groups);
  if (deviation === 0 || u <= mean) return 1;
  const pairs = suspects * baselines;
  const information = (EXPECTED * pairs) / deviation;
  const shrink = information ** 2 / (1 + information ** 2);
  const z = (u - mean) / deviation;
  const evidence = Math.LN2 - 0.5 * Math.log1p(information ** 2) + 0.5 * z * z * shrink + Math.log(normalTail(-z * Math.sqrt(shrink)));
  return Math.exp(-Math.max(0, evidence));
}
