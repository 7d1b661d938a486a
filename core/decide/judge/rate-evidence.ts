/**
 * What one stream of requests says against its errors having the rate p.
 *
 * The likelihood of what was seen, averaged over all rates the stream could have instead, over the likelihood under p. While p
 * is the true rate this is a martingale that starts at 1, however often and for whatever reason it is looked at, so the
 * probability that it ever comes to 1 / alpha is at most alpha.
 *
 * H. Robbins, "Statistical methods related to the law of the iterated logarithm", Ann. Math. Statist. 41 (1970), 1397-1409;
 * J. Ville, "Étude critique de la notion de collectif" (1939), for the inequality; A. Ramdas et al., "Game-theoretic statistics
 * and safe anytime-valid inference", Statist. Sci. 38 (2023), 576-601.
 */
import { type ErrorCounts, shareOf } from "./error-counts.ts";
import { logBeta } from "./log-gamma.ts";
import { logOfSum } from "./log-of-sum.ts";

/** The rates it could have: an equal mixture of Beta(1/2, b). Services fail from one in a thousand to all requests, and one Beta would hardly weigh the small ones. */
const FIRST = 0.5;
const SECONDS = [0.5, 5, 50, 500].map((second) => ({ second, norm: logBeta(FIRST, second) }));

export interface RateEvidence {
  readonly counts: ErrorCounts;
  /** The logarithm of the averaged likelihood. */
  readonly logAverage: number;
}

export function rateEvidence(counts: ErrorCounts): RateEvidence {
  const { errors, requests } = counts;
  const logs = SECONDS.map(({ norm, second }) => logBeta(FIRST + errors, second + requests - errors) - norm);
  return { counts, logAverage: logOfSum(logs) - Math.log(logs.length) };
}

/** The logarithm of the evidence against p. It is convex in p, and least at the rate that was seen. */
export function logEvidenceAgainst({ counts: { errors, requests }, logAverage }: RateEvidence, p: number): number {
  const failed = errors === 0 ? 0 : errors * Math.log(p);
  const went = requests === errors ? 0 : (requests - errors) * Math.log1p(-p);
  return logAverage - failed - went;
}

/** How `logEvidenceAgainst` changes with p. */
export function slopeAt({ counts: { errors, requests } }: RateEvidence, p: number): number {
  const failed = errors === 0 ? 0 : errors / p;
  const went = requests === errors ? 0 : (requests - errors) / (1 - p);
  return went - failed;
}

/** The logarithm of the evidence against every rate up to `most`: that against the one which fits best. */
export function logEvidenceAbove(evidence: RateEvidence, most: number): number {
  return logEvidenceAgainst(evidence, Math.min(shareOf(evidence.counts), most));
}

/** The same for every rate from `least` on. */
export function logEvidenceBelow(evidence: RateEvidence, least: number): number {
  return logEvidenceAgainst(evidence, Math.max(shareOf(evidence.counts), least));
}
