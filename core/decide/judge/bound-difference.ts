import { type Stretch, logEvidenceNoWorse, logEvidenceWorse, stretchEvidence } from "./stretches.ts";

/** Halvings of the interval from -1 to 1: a millionth of a percent. */
const HALVINGS = 28;

export interface DifferenceBounds {
  /** With the confidence asked for, the suspect's share of errors is above the baseline's by this at least. */
  readonly least: number;
  /** And with that confidence by this at most. */
  readonly most: number;
}

/** Between what the suspect's share of errors minus the baseline's lies. Each bound holds at all looks together: a one-sided confidence sequence. */
export function boundDifference(counts: Stretch | readonly Stretch[], confidence: number): DifferenceBounds {
  const stretches = [counts].flat().map(stretchEvidence);
  const needed = -Math.log(1 - confidence);
  return {
    least: edgeOf((difference) => logEvidenceWorse(stretches, difference) >= needed),
    most: -edgeOf((difference) => logEvidenceNoWorse(stretches, -difference) >= needed),
  };
}

/** The largest difference of which it is so; -1, of which it always is, where it is of no other. */
function edgeOf(isSo: (difference: number) => boolean): number {
  let [low, high] = [-1, 1];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (isSo(middle)) low = middle;
    else high = middle;
  }
  return low;
}
