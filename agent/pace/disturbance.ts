import type { Applier, Change, Disturbance } from "../appliers/applier.ts";
import { isSameTarget } from "../loop/intent.ts";
import type { Pacing } from "./pacing.ts";

/** Whether a change has to wait for its turn. What goes back does where it takes something away first, and not beside what runs. */
export function needsSlot({ move }: Pacing, appliers: readonly Applier[], change: Change): boolean {
  const disturbances = appliers.map((applier) => applier.disturbs?.(change) ?? disturbanceByTarget(change));
  return disturbances.includes("in-place") || (disturbances.includes("beside") && move.back !== true);
}

/** For appliers that can't tell. The first change of an instance disturbs nothing: nothing was there. */
function disturbanceByTarget({ from, restart, to }: Change): Disturbance {
  return from === undefined || (isSameTarget(from, to) && !restart) ? "nothing" : "in-place";
}
