import { pinOf } from "../model/desired.ts";

/** What of a revision tells whether it is needed: of thousands no more than that is kept in memory. */
export interface PinnedRevision {
  readonly revision: number;
  readonly after: { readonly pins: Readonly<Record<string, string>> };
}

/**
 * The revisions that must not be pruned: the newest `keep` (the head's is the first of them), and for every track the
 * newest one in which it was pinned to a good version other than the present one, which is where a rollback goes and
 * takes config and routes from. `history` is newest first.
 */
export function determineNeeded(history: readonly PinnedRevision[], keep: number, good: ReadonlySet<string>): ReadonlySet<number> {
  const needed = new Set(history.slice(0, Math.max(keep, 1)).map(({ revision }) => revision));
  const present = history[0]?.after;
  const tracks = new Set(history.flatMap(({ after }) => Object.keys(after.pins)));
  for (const track of tracks) {
    const now = present === undefined ? undefined : pinOf(present, track);
    const target = history.find(({ after }) => {
      const pinned = pinOf(after, track);
      return pinned !== undefined && pinned !== now && good.has(pinned);
    });
    if (target !== undefined) needed.add(target.revision);
  }
  return needed;
}
