import { type Histogram, countUpTo, lastFinite, totalOf } from "./histogram.ts";
import type { TiedGroup } from "./tied-groups.ts";

/** The groups of two histograms, whose bounds may differ; the suspect's measurements are divided by `factor` first. Where either can't tell any more, all is one group. */
export function groupHistograms(suspect: Histogram, baseline: Histogram, factor: number): readonly TiedGroup[] {
  const last = Math.min(lastFinite(suspect) / factor, lastFinite(baseline));
  const bounds = [...new Set([...suspect.bounds.map((bound) => bound / factor), ...baseline.bounds])].filter((bound) => bound <= last).sort((a, b) => a - b);
  const upTo = [...bounds.map((bound) => ({ suspect: countUpTo(suspect, bound * factor), baseline: countUpTo(baseline, bound) })), { suspect: totalOf(suspect), baseline: totalOf(baseline) }];
  return upTo.map((count, at) => ({ suspect: count.suspect - (upTo[at - 1]?.suspect ?? 0), baseline: count.baseline - (upTo[at - 1]?.baseline ?? 0) }));
}
