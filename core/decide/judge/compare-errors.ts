import { type ErrorCounts, shareOf } from "./error-counts.ts";
import { type CompareSettings, type Says, mustBeSettings, saysOf } from "./judgement.ts";
import { type Stretch, type StretchEvidence, logEvidenceNoWorse, logEvidenceWorse, stretchEvidence } from "./stretches.ts";

export interface ErrorComparison {
  readonly says: Says;
  readonly suspect: ErrorCounts & { readonly share: number };
  readonly baseline: ErrorCounts & { readonly share: number };
  /** At most how likely it is that the figures ever come to look like this although the suspect is not worse by more than the effect. */
  readonly chance: number;
  /** The same, although the suspect is worse by the effect or more. */
  readonly chanceIfWorse: number;
}

/**
 * Whether a greater share of the suspect's requests fails than of the baseline's, by more than `effect`. Counts are all since the
 * suspect came; where the split of the traffic between the two has changed since, one pair of counts for each stretch in which it
 * stood still. It may be looked at after every request, and stopped at whatever it says: over all looks together, `worse` is said
 * wrongly with probability 1 - confidence at most, and so is `no-worse`. Exact for any number of requests.
 */
export function compareErrors(counts: Stretch | readonly Stretch[], settings: CompareSettings): ErrorComparison {
  mustBeSettings(settings);
  const stretches = [counts].flat().map(stretchEvidence);
  const chance = Math.exp(-Math.max(0, logEvidenceWorse(stretches, settings.effect)));
  const chanceIfWorse = Math.exp(-Math.max(0, logEvidenceNoWorse(stretches, settings.effect)));
  const [suspect, baseline] = [totalOf(stretches, "suspect"), totalOf(stretches, "baseline")];
  const isEnough = Math.min(suspect.requests, baseline.requests) >= settings.minSamples;
  return { says: isEnough ? saysOf(chance, chanceIfWorse, settings) : "undecided", suspect, baseline, chance, chanceIfWorse };
}

function totalOf(stretches: readonly StretchEvidence[], side: "suspect" | "baseline"): ErrorComparison["suspect"] {
  let [errors, requests] = [0, 0];
  for (const stretch of stretches) {
    errors += stretch[side].counts.errors;
    requests += stretch[side].counts.requests;
  }
  return { errors, requests, share: shareOf({ errors, requests }) };
}
