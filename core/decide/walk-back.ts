import { type DesiredState, pinOf } from "../model/desired.ts";
import type { Revision } from "../model/records.ts";
import { digestOf } from "./digest.ts";

/** A state that a service was once in. */
export interface WalkedState {
  readonly revision: number;
  readonly state: DesiredState;
}

/**
 * All states that history knows, newest first. `before` counts where it isn't what the older revision ended in: a flip by
 * hand that no entry of its own records, or what came before the oldest kept revision.
 */
export function walkBack(history: readonly Revision[]): readonly WalkedState[] {
  return history.flatMap(({ revision, before, after }, place) => {
    const older = history[place + 1]?.after;
    const known = older !== undefined && digestOf(older) === digestOf(before);
    return [{ revision, state: after }, ...(known ? [] : [{ revision: revision - 1, state: before }])];
  });
}

/** The newest state in which the track was pinned to the version: where its config and routes are found. */
export function newestWithPin(walked: readonly WalkedState[], track: string, version: string): WalkedState | undefined {
  return walked.find(({ state }) => pinOf(state, track) === version);
}

/** Distinct values, newest first, without the present one and without absence: going back is never a removal. */
export function distinctBefore(walked: readonly WalkedState[], present: string | undefined, read: (state: DesiredState) => string | undefined): readonly string[] {
  const values = new Set(walked.map(({ state }) => read(state)));
  values.delete(present);
  values.delete(undefined);
  return [...values] as string[];
}
