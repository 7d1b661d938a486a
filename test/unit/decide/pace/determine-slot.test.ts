import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOTHING_GIVEN, type SlotFacts, determineSlot } from "../../../../core/decide/pace/determine-slot.ts";
import { nextState, tallyAfter } from "../../../../core/decide/pace/next-state.ts";
import type { Bounded } from "../../../../core/model/pace.ts";
import type { PaceState, PaceTally } from "../../../../core/model/pace-records.ts";

const two: Bounded = { kind: "count", count: 2, stopAfter: 1 };
const quarter: Bounded = { kind: "percentage", percentage: 25, stopAfter: 1 };
const stateOf = (tally: PaceTally): PaceState => ({ turn: 7, moves: { 12: tally } });
const busy = (...names: readonly string[]) => names.map((instance) => ({ instance, live: true }));

function ask(facts: Partial<SlotFacts>, pace: Bounded = two, back?: boolean): string {
  const move = { revision: 12, ...(back === undefined ? {} : { back }) };
  return determineSlot({ move, pace }, { instance: "me", holds: false, state: NOTHING_GIVEN, slots: [], size: undefined, ...facts }).kind;
}

describe("a slot", () => {
  const rows: readonly (readonly [string, string, Partial<SlotFacts>, Bounded?, boolean?])[] = [
    ["the first one of a move goes", "granted", {}],
    ["nobody else before one is through", "full", { slots: busy("a") }],
    ["as many at first as may stall", "granted", { slots: busy("a") }, { ...two, stopAfter: 2 }],
    ["never more than the pace, though more may stall", "full", { slots: busy("a", "b") }, { ...two, stopAfter: 9 }],
    ["one is through: as many as the pace", "granted", { slots: busy("a"), state: stateOf({ proven: true, stalled: [] }) }],
    ["and no more", "full", { slots: busy("a", "b"), state: stateOf({ proven: true, stalled: [] }) }],
    ["a dead holder's slot is nobody's", "granted", { slots: [...busy("a"), { instance: "b", live: false }], state: stateOf({ proven: true, stalled: [] }) }],
    ["the asker's own slot is not in its way", "granted", { slots: busy("me"), state: NOTHING_GIVEN }],
    ["who holds one for this move keeps it", "granted", { holds: true, slots: busy("me", "a", "b"), state: stateOf({ proven: false, stalled: ["c"] }) }],
    ["as many as may have stalled", "stopped", { state: stateOf({ proven: true, stalled: ["a"] }) }],
    ["one may stall yet", "granted", { state: stateOf({ proven: false, stalled: ["a"] }) }, { ...two, stopAfter: 2 }],
    ["but only one at a time", "full", { slots: busy("b"), state: stateOf({ proven: false, stalled: ["a"] }) }, { ...two, stopAfter: 2 }],
    ["who stalled may try again", "granted", { state: stateOf({ proven: false, stalled: ["me"] }) }],
    ["another move's stalled are no reason", "granted", { state: { turn: 7, moves: { 11: { proven: false, stalled: ["a", "b"] } } } }],
    ["what goes back waits for no proof", "granted", { slots: busy("a") }, two, true],
    ["keeps to the pace", "full", { slots: busy("a", "b") }, two, true],
    ["and is never stopped", "granted", { state: stateOf({ proven: false, stalled: ["a", "b"] }) }, two, true],
    ["a percentage wants to know of how many", "uncounted", {}, quarter],
    ["it is rounded down", "full", { size: 7, slots: busy("a"), state: stateOf({ proven: true, stalled: [] }) }, quarter],
    ["2 of 8", "granted", { size: 8, slots: busy("a"), state: stateOf({ proven: true, stalled: [] }) }, quarter],
    ["at least 1", "granted", { size: 2, state: stateOf({ proven: true, stalled: [] }) }, quarter],
    ["of what was counted first", "granted", { size: 4, slots: busy("a"), state: stateOf({ proven: true, stalled: [], size: 8 }) }, quarter],
  ];
  it.each(rows.map(([name, expected, facts, pace, back]) => ({ name, expected, facts, pace, back })))("$name: $expected", ({ expected, facts, pace, back }) => {
    expect(ask(facts, pace, back)).toBe(expected);
  });

  it("says who stalled, and keeps what was counted", () => {
    const facts = { instance: "me", holds: false, slots: [], size: 9 };
    expect(determineSlot({ move: { revision: 12 }, pace: two }, { ...facts, state: stateOf({ proven: false, stalled: ["a"], why: "no luck" }) })).toEqual({ kind: "stopped", stalled: ["a"], why: "no luck" });
    expect(determineSlot({ move: { revision: 12 }, pace: quarter }, { ...facts, state: NOTHING_GIVEN })).toEqual({ kind: "granted", tally: { proven: false, stalled: [], size: 9 } });
  });
});

describe("what becomes of a turn", () => {
  it.each<readonly [string, PaceTally, Parameters<typeof tallyAfter>[3], PaceTally | undefined]>([
    ["through, as the first", { proven: false, stalled: [] }, { held: true, ending: { kind: "applied" } }, { proven: true, stalled: [] }],
    ["through, as another", { proven: true, stalled: [] }, { held: true, ending: { kind: "applied" } }, undefined],
    ["through without a slot says nothing", { proven: false, stalled: [] }, { held: false, ending: { kind: "applied" } }, undefined],
    ["through after all", { proven: true, stalled: ["a", "me"] }, { held: false, ending: { kind: "applied" } }, { proven: true, stalled: ["a"] }],
    ["stalled, with its first line", { proven: false, stalled: [] }, { held: true, ending: { kind: "stalled", why: "not ready; its last lines:\nfatal" } }, { proven: false, stalled: ["me"], why: "not ready" }],
    ["stalled, and the first reason stays", { proven: false, stalled: ["a"], why: "first" }, { held: true, ending: { kind: "stalled", why: "second" } }, { proven: false, stalled: ["a", "me"], why: "first" }],
    ["stalled counts once", { proven: false, stalled: ["me"] }, { held: false, ending: { kind: "stalled", why: "" } }, undefined],
    ["dropped says nothing", { proven: false, stalled: [] }, { held: true, ending: { kind: "dropped" } }, undefined],
  ])("%s", (_, tally, told, expected) => {
    expect(tallyAfter(stateOf(tally), 12, "me", told)).toEqual(expected);
  });

  it("no two turns are the same, and the newest moves are kept", () => {
    let state = NOTHING_GIVEN;
    for (let move = 1; move <= 20; move += 1) state = nextState(state, move, { proven: false, stalled: [] });
    expect(state.turn).toBe(20);
    expect(Object.keys(state.moves).map(Number)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
  });
});

/** A fleet that asks, gets through or stalls in any order. */
const deed = fc.record({ who: fc.integer({ min: 0, max: 11 }), does: fc.constantFrom("ask", "through", "stall", "die") });

describe("any order of asking, getting through, stalling and dying", () => {
  it("never has more at it than the pace, nor more tries of a bad version than may stall", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.array(deed, { maxLength: 80 }), (count, stopAfter, bad, deeds) => {
        let state = NOTHING_GIVEN;
        const holders = new Set<string>();
        const tried = new Set<string>();
        for (const { does, who } of deeds) {
          const instance = `i-${who}`;
          if (does === "ask") {
            const answer = determineSlot({ move: { revision: 12 }, pace: { kind: "count", count, stopAfter } }, { instance, holds: holders.has(instance), state, slots: busy(...holders), size: undefined });
            if (answer.kind !== "granted") continue;
            state = nextState(state, 12, answer.tally);
            holders.add(instance);
            tried.add(instance);
            expect(holders.size).toBeLessThanOrEqual(count);
          } else if (holders.delete(instance) && does !== "die") {
            const ending = does === "stall" || bad ? ({ kind: "stalled", why: "bad" } as const) : ({ kind: "applied" } as const);
            state = nextState(state, 12, tallyAfter(state, 12, instance, { held: true, ending }) ?? { proven: false, stalled: [] });
          } else if (does === "die") tried.delete(instance);
        }
        if (bad) expect(tried.size).toBeLessThanOrEqual(stopAfter);
      }),
    );
  });
});
