/**
 * Evidence over stretches of time, in each of which the traffic was split between the two sides in one way.
 *
 * Rates change over the day, and in an incident that is nobody's. While the split stays, both sides get as much of every hour, and
 * totals may be compared. Where the split changes meanwhile, totals mislead (Simpson's paradox): a suspect that gets most requests
 * just when everything fails looks worse. So each stretch is judged by itself, and what they say is multiplied: a bet that goes on with
 * what it has won.
 *
 * A fault may begin in any stretch. So a part of the stake enters at each, and what was not staked yet keeps its worth; the sum is a
 * martingale too. G. Shafer et al., "Test martingales, Bayes factors and p-values", Statist. Sci. 26 (2011), 84-101.
 */
import { logEvidenceOfMore } from "./difference-evidence.ts";
import { type ErrorCounts, plausibleCounts } from "./error-counts.ts";
import { logOfSum } from "./log-of-sum.ts";
import { type RateEvidence, rateEvidence } from "./rate-evidence.ts";

export interface Stretch {
  readonly suspect: ErrorCounts;
  readonly baseline: ErrorCounts;
}

export interface StretchEvidence {
  readonly suspect: RateEvidence;
  readonly baseline: RateEvidence;
}

export function stretchEvidence({ baseline, suspect }: Stretch): StretchEvidence {
  return { suspect: rateEvidence(plausibleCounts(suspect)), baseline: rateEvidence(plausibleCounts(baseline)) };
}

/** The logarithm of the evidence that the suspect's rate is above the baseline's by more than `difference`, in some stretch and on from there. */
export function logEvidenceWorse(stretches: readonly StretchEvidence[], difference: number): number {
  return logStaked(stretches.map(({ baseline, suspect }) => logEvidenceOfMore(suspect, baseline, difference)));
}

/** And that it is below `difference`. */
export function logEvidenceNoWorse(stretches: readonly StretchEvidence[], difference: number): number {
  return logStaked(stretches.map(({ baseline, suspect }) => logEvidenceOfMore(baseline, suspect, -difference)));
}

/** The first stretch takes so much of the stake: most canaries have only one. */
const FIRST_STAKE = 0.8;

/** Of what is left, stretch k takes 1 / (k (k - 1)): a half, a sixth, and so on. The rest is kept for those to come. */
function logStaked(logs: readonly number[]): number {
  const left = Math.log(1 - FIRST_STAKE);
  let staked = -Infinity;
  for (const [at, log] of logs.entries()) staked = log + logOfSum([staked, at === 0 ? Math.log(FIRST_STAKE) : left - Math.log(at * (at + 1))]);
  return logOfSum([staked, logs.length === 0 ? 0 : left - Math.log(logs.length)]);
}
