import { affectedTracks } from "./affected.ts";
import type { ServicePlan } from "../model/plan.ts";
import { EVERY_TRACK, type Head, type Move } from "../model/records.ts";

/** What a head says about moves once a plan is applied. A later move of one track leaves those of others as they were. */
export function nextMove(plan: ServicePlan, revision: number): Head["move"] {
  const former = plan.head?.value.move;
  const tracks = plan.recorded ? affectedTracks(plan) : [];
  const move: Move = { revision, ...(plan.back === true ? { back: true } : {}) };
  if (tracks === undefined) return { [EVERY_TRACK]: move };
  return tracks.length === 0 ? former : { ...former, ...Object.fromEntries(tracks.map((track) => [track, move])) };
}

/** The last move of one track. A head that says nothing was written by an older rollpin: then every revision counts as one. */
export function moveOf({ move = {}, revision }: Head, track: string): Move {
  const [every, own] = [move[EVERY_TRACK], Object.hasOwn(move, track) ? move[track] : undefined];
  if (every === undefined) return own ?? { revision };
  return own === undefined || own.revision < every.revision ? every : own;
}
