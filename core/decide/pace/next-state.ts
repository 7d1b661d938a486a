import type { PaceState, PaceTally } from "../../model/pace-records.ts";
import { tallyOf } from "./determine-slot.ts";

/** What became of an instance that had a slot. `dropped`: nothing that says anything about the move. */
export type SlotEnding = { readonly kind: "applied" } | { readonly kind: "stalled"; readonly why: string } | { readonly kind: "dropped" };

/** Tracks move by themselves, so several moves may be under way; older ones than these are over. */
const MOST_MOVES = 8;
/** Beyond any `stop-after` that makes sense, a name more says nothing. */
const MOST_NAMES = 64;
const LONGEST_WHY = 512;

/** Without the lines that a process printed, and the words that introduce them. */
function firstLine(why: string): string {
  const [first = ""] = why.split("\n", 1);
  return (first === why ? first : first.replace(/;[^;]*:$/, "")).slice(0, LONGEST_WHY);
}

/** The next turn: one move's tally is replaced, the oldest moves go. */
export function nextState({ moves, turn }: PaceState, revision: number, tally: PaceTally): PaceState {
  const all = Object.entries<PaceTally>({ ...moves, [revision]: tally }).sort(([a], [b]) => Number(b) - Number(a));
  return { turn: turn + 1, moves: Object.fromEntries(all.slice(0, MOST_MOVES)) };
}

/** The move's tally once an instance has ended; undefined where nothing changes, so that most who get through stand in nobody's way. */
export function tallyAfter(state: PaceState, revision: number, instance: string, { held, ending }: { readonly held: boolean; readonly ending: SlotEnding }): PaceTally | undefined {
  const tally = tallyOf(state, revision);
  const { proven, stalled } = tally;
  const named = stalled.includes(instance);
  switch (ending.kind) {
    case "applied":
      return (held && !proven) || named ? { ...tally, proven: true, stalled: stalled.filter((name) => name !== instance) } : undefined;
    case "stalled":
      return named || stalled.length >= MOST_NAMES ? undefined : { ...tally, stalled: [...stalled, instance], why: tally.why ?? firstLine(ending.why) };
    case "dropped":
      return undefined;
  }
}
