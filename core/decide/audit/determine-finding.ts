import { type DesiredState, pinOf } from "../../model/desired.ts";
import { STABLE } from "../../model/names.ts";
import type { Revision } from "../../model/records.ts";
import { type DifferenceBounds, boundDifference } from "../judge/bound-difference.ts";
import { type ErrorComparison, compareErrors } from "../judge/compare-errors.ts";
import { compareErrorsToShare } from "../judge/compare-errors-to-share.ts";
import type { ErrorCounts } from "../judge/error-counts.ts";
import { distinctBefore, walkBack } from "../walk-back.ts";
import type { Counts, CountedStep, VersionCalls } from "./tally-calls.ts";

export interface AuditFacts {
  readonly service: string;
  readonly versions: readonly VersionCalls[];
  /** Newest first. */
  readonly history: readonly Revision[];
  /** What is to run now. */
  readonly state: DesiredState;
}

/** Two shares of failures, of which the first is credibly the greater. */
export interface Contrast {
  readonly worse: ErrorComparison["suspect"];
  readonly better: ErrorComparison["suspect"];
  readonly bounds: DifferenceBounds;
}

export type Finding =
  /** `suspect` fails more than `better`, a version that ran before it or beside it. */
  | { readonly kind: "version"; readonly suspect: VersionCalls; readonly better: VersionCalls; readonly contrast: Contrast }
  /** The same version fails more since this revision, which changed its config or its routes. */
  | { readonly kind: "change"; readonly suspect: VersionCalls; readonly revision: Revision; readonly part: "config" | "routes"; readonly contrast: Contrast }
  /** It fails, and no version or change can be told from another. */
  | { readonly kind: "alike"; readonly suspect: VersionCalls; readonly below: CountedStep | undefined }
  /** Some calls fail, too few to tell anything from. */
  | { readonly kind: "undecided"; readonly suspect: VersionCalls }
  /** No call fails, or there is none. */
  | { readonly kind: "nothing" };

/** As a policy that says nothing. */
export const CONFIDENCE = 0.99;
const EFFECT = 0.005;
/** Of all failures of a service, so many in one call below make that the place to look. */
const MOST_OF_THEM = 0.5;

/** Why a service's calls fail, as far as its log and its history tell. */
export function determineFinding(facts: AuditFacts): Finding {
  const suspects = bySuspicion(facts).filter(({ failures }) => failures > 0);
  const [first] = suspects;
  if (first === undefined) return { kind: "nothing" };
  for (const suspect of suspects) {
    const found = worseThanAnother(suspect, facts) ?? worseSinceAChange(suspect, facts.history);
    if (found !== undefined) return found;
  }
  const fails = compareErrorsToShare(countsOf(first), EFFECT, { confidence: CONFIDENCE, minSamples: 0 }).says === "worse";
  return fails ? { kind: "alike", suspect: first, below: first.below.find(({ failures }) => failures >= first.failures * MOST_OF_THEM) } : { kind: "undecided", suspect: first };
}

/** What is pinned now, then whatever answered last. */
function bySuspicion({ state, versions }: AuditFacts): readonly VersionCalls[] {
  const pinned = pinOf(state, STABLE);
  return versions.toSorted((one, other) => Number(other.version === pinned) - Number(one.version === pinned) || other.last.atMs - one.last.atMs);
}

/** The versions that it could be put back to, the most recent first, then those that merely ran. */
function worseThanAnother(suspect: VersionCalls, { history, versions }: AuditFacts): Finding | undefined {
  const before = distinctBefore(walkBack(history), suspect.version, (state) => pinOf(state, STABLE));
  const rank = (version: string | undefined): number => (version === undefined || !before.includes(version) ? before.length : before.indexOf(version));
  const others = versions.filter(({ version }) => version !== suspect.version).toSorted((one, other) => rank(one.version) - rank(other.version) || other.last.atMs - one.last.atMs);
  for (const better of others) {
    const contrast = contrastOf(suspect, better);
    if (contrast !== undefined) return { kind: "version", suspect, better, contrast };
  }
  return undefined;
}

/** Changes that left the version as it was, newest first. */
function worseSinceAChange(suspect: VersionCalls, history: readonly Revision[]): Finding | undefined {
  for (const revision of history) {
    const part = (["config", "routes"] as const).find((one) => revision.before[one] !== revision.after[one]);
    if (part === undefined || pinOf(revision.before, STABLE) !== pinOf(revision.after, STABLE)) continue;
    const since = (isSince: boolean): Counts => [...suspect.byRevision].filter(([at]) => at >= revision.revision === isSince).reduce((sum, [, counts]) => ({ calls: sum.calls + counts.calls, failures: sum.failures + counts.failures }), { calls: 0, failures: 0 });
    const contrast = contrastOf(since(true), since(false));
    if (contrast !== undefined) return { kind: "change", suspect, revision, part, contrast };
  }
  return undefined;
}

function contrastOf(one: Counts, other: Counts): Contrast | undefined {
  const counts = { suspect: countsOf(one), baseline: countsOf(other) };
  const { baseline, says, suspect } = compareErrors(counts, { confidence: CONFIDENCE, effect: EFFECT, minSamples: 0 });
  return says === "worse" ? { worse: suspect, better: baseline, bounds: boundDifference(counts, CONFIDENCE) } : undefined;
}

function countsOf({ calls, failures }: Counts): ErrorCounts {
  return { errors: failures, requests: calls };
}
