import type { Bounded } from "../../model/pace.ts";
import type { Move } from "../../model/records.ts";
import type { PaceState, PaceTally } from "../../model/pace-records.ts";

/** What one instance asks for: to be among those that may be changing. */
export interface SlotRequest {
  readonly move: Move;
  readonly pace: Bounded;
}

/** A slot as it stands: whose it is, and whether that one's session lives. */
export interface Slot {
  readonly instance: string;
  readonly live: boolean;
}

export interface SlotFacts {
  readonly instance: string;
  /** It has a slot for this very move already: then it only wants to be sure of it. */
  readonly holds: boolean;
  readonly state: PaceState;
  readonly slots: readonly Slot[];
  /** The service's live instances, where somebody counted them. */
  readonly size: number | undefined;
}

export type SlotAnswer =
  /** `tally` is what the move's becomes with it. */
  | { readonly kind: "granted"; readonly tally: PaceTally }
  /** As many as may are at it; while nobody got through yet, that is as many as may stall. */
  | { readonly kind: "full" }
  /** As many as may have stalled: nobody else tries this move. */
  | { readonly kind: "stopped"; readonly stalled: readonly string[]; readonly why: string | undefined }
  /** A percentage needs to know of how many. */
  | { readonly kind: "uncounted" };

export const NOTHING_GIVEN: PaceState = { turn: 0, moves: {} };

/**
 * Whether one more instance may be changing. A step forward is tried by as many as may stall until one of them is through,
 * so that a bad version is tried by no more than those; what goes back waits for no proof and is never stopped.
 * An instance that stalled may try again: a person asked it to, or its agent started anew.
 */
export function determineSlot({ move, pace }: SlotRequest, { holds, instance, size, slots, state }: SlotFacts): SlotAnswer {
  const tally = tallyOf(state, move.revision);
  if (holds) return { kind: "granted", tally };
  const { proven, stalled, why } = tally;
  const forward = move.back !== true;
  if (forward && stalled.length >= pace.stopAfter && !stalled.includes(instance)) return { kind: "stopped", stalled, why };
  const counted = pace.kind === "percentage" ? (tally.size ?? size) : undefined;
  if (pace.kind === "percentage" && counted === undefined) return { kind: "uncounted" };
  const most = limitOf(pace, counted ?? 0);
  const unproven = forward && !proven ? Math.max(1, pace.stopAfter - stalled.length) : most;
  const others = slots.filter((slot) => slot.live && slot.instance !== instance).length;
  if (others >= Math.min(most, unproven)) return { kind: "full" };
  return { kind: "granted", tally: counted === undefined ? tally : { ...tally, size: Math.max(1, counted) } };
}

/** Rounded down, so that a percentage is never exceeded; at least 1, so that something moves. */
function limitOf(pace: Bounded, size: number): number {
  return pace.kind === "count" ? pace.count : Math.max(1, Math.floor((size * pace.percentage) / 100));
}

export function tallyOf({ moves }: PaceState, revision: number): PaceTally {
  return (Object.hasOwn(moves, revision) ? moves[revision] : undefined) ?? { proven: false, stalled: [] };
}
