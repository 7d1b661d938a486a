/**
 * What two streams of requests say against one's rate of errors being at most the other's and some difference.
 *
 * For every pair of rates, the product of a martingale of each side is a martingale, whichever side gets the next request. The
 * least over all pairs that the claim allows is never above that of the true pair, if the claim is true. So it, too, comes to
 * 1 / alpha with probability alpha at most, at whatever moments it is looked at.
 *
 * L. Wasserman, A. Ramdas, S. Balakrishnan, "Universal inference", PNAS 117 (2020), 16880-16890, section 8; the aim, and what to
 * compare with: R. Turner, A. Ly, P. Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional
 * stopping", J. Statist. Plann. Inference 230 (2024), 106116.
 */
import { shareOf } from "./error-counts.ts";
import { type RateEvidence, logEvidenceAgainst, slopeAt } from "./rate-evidence.ts";

/** Halvings of the interval. Near its least the sum is flat, so that what is left of the interval changes nothing. */
const HALVINGS = 40;

/** The logarithm of the evidence against: the rate of `one` is at most the rate of `other` + `difference`. Below 0 unless more was seen. */
export function logEvidenceOfMore(one: RateEvidence, other: RateEvidence, difference: number): number {
  const [seenOne, seenOther] = [shareOf(one.counts), shareOf(other.counts)];
  if (one.counts.requests === 0 || other.counts.requests === 0) return 0;
  if (seenOne - seenOther <= difference) return hedged(one, seenOne) + hedged(other, seenOther);
  let [low, high] = [Math.max(seenOther, -difference), Math.min(seenOne - difference, 1)];
  // What fits best lies on the claim's edge, since the sum is convex, and between what was seen at either side.
  for (let halving = 0; halving < HALVINGS && low < high; halving += 1) {
    const middle = (low + high) / 2;
    if (hedgedSlope(one, middle + difference) + hedgedSlope(other, middle) < 0) low = middle;
    else high = middle;
  }
  const at = (low + high) / 2;
  return hedged(one, at + difference) + hedged(other, at);
}

/**
 * A part of the bet is kept back, on the side having just this rate. A baseline with a million requests would otherwise pay for having
 * all rates averaged, although what is to be learnt is about the suspect. The weighted mean of two martingales is one.
 */
const KEPT = 0.2;
const LOG_BET = Math.log(1 - KEPT);
/** The odds of what is kept to what is bet. */
const LOG_ODDS = Math.log(KEPT / (1 - KEPT));

function hedged(evidence: RateEvidence, p: number): number {
  const log = logEvidenceAgainst(evidence, p);
  return LOG_BET + Math.max(log, LOG_ODDS) + Math.log1p(Math.exp(-Math.abs(log - LOG_ODDS)));
}

function hedgedSlope(evidence: RateEvidence, p: number): number {
  return slopeAt(evidence, p) / (1 + Math.exp(LOG_ODDS - logEvidenceAgainst(evidence, p)));
}
