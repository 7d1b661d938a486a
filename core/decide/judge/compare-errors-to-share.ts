import { type ErrorCounts, plausibleCounts, shareOf } from "./error-counts.ts";
import { type CompareSettings, type Says, mustBeSettings, saysOf } from "./judgement.ts";
import { logEvidenceAbove, logEvidenceBelow, rateEvidence } from "./rate-evidence.ts";

export interface ShareComparison {
  readonly says: Says;
  readonly suspect: ErrorCounts & { readonly share: number };
  /** At most how likely it is that the figures ever come to look like this although no more than `share` of the requests fail. */
  readonly chance: number;
  /** The same, although that share fails or more. */
  readonly chanceIfWorse: number;
}

/**
 * Whether more than `share` of the suspect's requests fail: for a threshold, where no baseline runs beside it. As always valid as
 * `compareErrors`. A threshold already says what counts, so there is no effect size.
 */
export function compareErrorsToShare(counts: ErrorCounts, share: number, { confidence, minSamples }: Omit<CompareSettings, "effect">): ShareComparison {
  mustBeSettings({ confidence, effect: 0, minSamples });
  const suspect = plausibleCounts(counts);
  const evidence = rateEvidence(suspect);
  const chance = Math.exp(-Math.max(0, logEvidenceAbove(evidence, share)));
  const chanceIfWorse = Math.exp(-Math.max(0, logEvidenceBelow(evidence, share)));
  const says = saysOf(chance, chanceIfWorse, { confidence });
  return { says: suspect.requests >= minSamples ? says : "undecided", suspect: { ...suspect, share: shareOf(suspect) }, chance, chanceIfWorse };
}
