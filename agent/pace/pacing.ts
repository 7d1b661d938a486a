import { moveOf } from "../../core/decide/move.ts";
import type { EffectiveState } from "../../core/decide/effective.ts";
import type { SlotRequest } from "../../core/decide/pace/determine-slot.ts";
import { type Part, isPinPart, trackOfPart } from "../../core/model/desired.ts";
import { boundedPace } from "../../core/model/pace.ts";
import type { Head } from "../../core/model/records.ts";

/** How a change of this instance is let through. */
export interface Pacing extends SlotRequest {
  /** The pace as it is written. */
  readonly text: string;
}

/** Undefined where nobody waits. A hand flip that history hasn't yet is the move that its entry will be. */
export function pacingOf(head: Head, { flipped, state }: EffectiveState, track: string): Pacing | undefined {
  const pace = boundedPace(state.pace);
  if (pace === undefined || state.pace === undefined) return undefined;
  const move = flipped.some((part) => moves(part, track)) ? { revision: head.revision + 1 } : moveOf(head, track);
  return { pace, text: state.pace, move };
}

function moves(part: Part, track: string): boolean {
  return isPinPart(part) ? trackOfPart(part) === track : part !== "pace";
}
