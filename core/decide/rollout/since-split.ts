import type { Suspect } from "../../model/reading.ts";
import type { Rollout } from "../../model/rollout.ts";

/**
 * What signals count for a step: from when its share of the traffic stood. Over several shares totals mislead: in an incident that hits
 * every version alike, the one that gets most of the requests just then looks worse.
 */
export function sinceSplit(suspect: Suspect, { since }: Pick<Rollout, "since">): Suspect {
  return since > suspect.since ? { ...suspect, since, movedAt: suspect.since } : suspect;
}
