import { type DesiredState, pinOf } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { STABLE } from "../../model/names.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Suspect } from "../../model/reading.ts";
import type { Revision } from "../../model/records.ts";
import { isCondemned } from "../current.ts";
import { moveOf } from "../move.ts";

export interface Watched {
  readonly suspect: Suspect;
  /** What is never acted on twice: another move to the same version is another cause. */
  readonly cause: string;
  /** The change to it went back already. */
  readonly wentBack: boolean;
}

/**
 * Of each track that is pinned: the version it was moved to last, since when, and what it would go back to or what runs beside
 * it. Only what history accepted counts: a flip by hand is judged once it has been written there.
 */
export function findSuspects(facts: ServiceFacts): readonly Watched[] {
  const { accepted, head } = facts;
  if (head === undefined) return [];
  return Object.keys(accepted.pins).sort().flatMap((track) => {
    const version = pinOf(accepted, track);
    if (version === undefined || version === NO_PIN) return [];
    const moved = findMove(facts.history, track, version);
    if (moved === undefined) return [];
    const baseline = baselineOf(facts, track, version, moved);
    const move = moveOf(head.value, track);
    return [{ suspect: { service: facts.service, track, version, baseline, since: moved.at }, cause: `${track}:${version}@${moved.revision}`, wentBack: isBack(moved, move) }];
  });
}

/** The oldest revision of those, without a break up to the newest, that left the track at the version. Undefined where that is older than what is kept. */
function findMove(history: readonly Revision[], track: string, version: string): Revision | undefined {
  for (const entry of history) {
    if (pinOf(entry.after, track) !== version) return undefined;
    if (pinOf(entry.before, track) !== version) return entry;
  }
  return undefined;
}

function isBack({ kind, revision }: Revision, move: { readonly revision: number; readonly back?: boolean | undefined }): boolean {
  return kind === "rollback" || (move.revision === revision && move.back === true);
}

/** Beside another track than `stable` runs what that is pinned to; else what the track would go back to. */
function baselineOf(facts: ServiceFacts, track: string, version: string, moved: Revision): string | undefined {
  const beside = track === STABLE ? undefined : usable(facts, pinOf(facts.accepted, STABLE), version);
  if (beside !== undefined) return beside;
  const states: readonly DesiredState[] = facts.history.filter(({ revision }) => revision <= moved.revision).flatMap(({ after, before }) => [after, before]);
  for (const state of states) {
    const found = usable(facts, pinOf(state, track), version);
    if (found !== undefined) return found;
  }
  return undefined;
}

function usable(facts: ServiceFacts, candidate: string | undefined, version: string): string | undefined {
  return candidate === undefined || candidate === NO_PIN || candidate === version || isCondemned(facts, candidate) ? undefined : candidate;
}
