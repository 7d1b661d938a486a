import { compareErrors } from "../../../core/decide/judge/compare-errors.ts";
import type { Stretch } from "../../../core/decide/judge/stretches.ts";
import { normalTail } from "../../../core/decide/judge/normal-tail.ts";
import type { Look } from "./error-canary.ts";
import { groupSamples } from "./group-samples.ts";
import { rankSumTail } from "./rank-sum-tail.ts";

export const CONFIDENCE = 0.99;

/** Says at each look whether the suspect is worse. Made anew for each canary. */
export type Judge = (look: Look) => boolean;
type Counts = Stretch | readonly Stretch[];

/** The judge that rollpin has. */
export function sequentialJudge(effect: number): (look: { readonly counts: Counts }) => boolean {
  return ({ counts }) => compareErrors(counts, { confidence: CONFIDENCE, effect, minSamples: 0 }).says === "worse";
}

/** Pearson's chi-square of the four counts at every look, for a suspect that is worse, as if it were the only one. */
export function chiSquareJudge(): Judge {
  return ({ counts }) => chiSquareTail(counts) <= 1 - CONFIDENCE;
}

function chiSquareTail({ baseline, suspect }: Stretch): number {
  const all = suspect.requests + baseline.requests;
  const pooled = (suspect.errors + baseline.errors) / all;
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / suspect.requests + 1 / baseline.requests));
  const difference = suspect.errors / suspect.requests - baseline.errors / baseline.requests;
  return deviation > 0 ? normalTail(difference / deviation) : 1;
}

/** Looks at which the series below is judged: ranking it at all of them would take the most of the time. */
const SERIES_LOOKS = 60;

/** As Kayenta does: the share of errors in each interval is one value of a series, and the two series are compared by Mann-Whitney. */
export function seriesJudge(lastsS: number): Judge {
  const stepS = lastsS / SERIES_LOOKS;
  const series = { suspect: [] as number[], baseline: [] as number[] };
  let last: Stretch = { suspect: { errors: 0, requests: 0 }, baseline: { errors: 0, requests: 0 } };
  let nextS = stepS;
  return ({ atS, counts }) => {
    if (atS < nextS) return false;
    while (nextS <= atS) nextS += stepS;
    for (const side of ["suspect", "baseline"] as const) {
      const requests = counts[side].requests - last[side].requests;
      // An interval without requests has no share, and Kayenta leaves it out.
      if (requests > 0) series[side].push((counts[side].errors - last[side].errors) / requests);
    }
    last = counts;
    return rankSumTail(groupSamples(series.suspect, series.baseline)) <= 1 - CONFIDENCE;
  };
}
