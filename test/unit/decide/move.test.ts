import { describe, expect, it } from "vitest";
import { moveOf, nextMove } from "../../../core/decide/move.ts";
import { planConfig } from "../../../core/decide/plans/plan-config.ts";
import { planPace } from "../../../core/decide/plans/plan-pace.ts";
import { planPin } from "../../../core/decide/plans/plan-pin.ts";
import { planRestart } from "../../../core/decide/plans/plan-restart.ts";
import { planRollback } from "../../../core/decide/plans/plan-rollback.ts";
import { planUndo } from "../../../core/decide/plans/plan-undo.ts";
import type { Planned } from "../../../core/decide/plans/assemble-plan.ts";
import type { RevisionKind } from "../../../core/model/records.ts";
import { NOW, factsOf, pinned } from "./facts.ts";
import { planOf, refusalOf } from "./plans/outcome.ts";

const context = { now: NOW };
const facts = factsOf({ states: [pinned("1.0.0"), pinned("2.0.0")], registered: ["1.0.0", "2.0.0", "3.0.0"], instances: [{ instance: "a" }] });
const rollback = { services: ["checkout"], track: "stable", target: { kind: "default" }, only: undefined, condemn: true, override: false, reason: undefined } as const;

function moved(planned: Planned) {
  const [share] = planOf(planned).services;
  if (share === undefined) throw new Error("the plan is about no service");
  return nextMove(share, 3);
}

describe("the move that a plan writes into the head", () => {
  it.each([
    ["a pin", planPin(facts, { service: "checkout", track: "stable", version: "3.0.0", override: false }, context), { stable: { revision: 3 } }],
    ["another track's pin", planPin(facts, { service: "checkout", track: "canary", version: "3.0.0", override: false }, context), { canary: { revision: 3 } }],
    ["a config", planConfig(facts, { service: "checkout", text: "a: 1", override: false }, context), { "*": { revision: 3 } }],
    ["a restart", planRestart([facts], { services: ["checkout"], track: undefined, override: false }, context), { "*": { revision: 3 } }],
    ["a rollback", planRollback([facts], rollback, context), { stable: { revision: 3, back: true } }],
    ["a pace", planPace(facts, { service: "checkout", pace: "2", override: false }, context), undefined],
  ])("%s", (_, planned, move) => {
    expect(moved(planned)).toEqual(move);
  });

  it.each<readonly [RevisionKind, boolean | undefined]>([["pin", true], ["config", true], ["external", true], ["rollback", undefined], ["undo", undefined]])("to take back a %s", (kind, back) => {
    const [newest, ...older] = facts.history;
    if (newest === undefined) throw new Error("there is no history");
    const planned = planUndo([{ ...facts, history: [{ ...newest, kind }, ...older] }], { plan: "checkout.2", override: false }, context);
    expect(moved(planned)).toEqual({ stable: { revision: 3, ...(back === undefined ? {} : { back }) } });
  });
});

describe("the move of a track", () => {
  const head = { revision: 9, digest: "", at: "", by: "" };
  it.each([
    [undefined, { revision: 9 }],
    [{}, { revision: 9 }],
    [{ "*": { revision: 4 } }, { revision: 4 }],
    [{ "*": { revision: 4 }, stable: { revision: 7, back: true } }, { revision: 7, back: true }],
    [{ "*": { revision: 8 }, stable: { revision: 7, back: true } }, { revision: 8 }],
    [{ canary: { revision: 8 } }, { revision: 9 }],
  ])("of %j is %j", (move, expected) => {
    expect(moveOf({ ...head, move }, "stable")).toEqual(expected);
  });
});

describe("a plan for a pace", () => {
  it("is written in its normal form", () => {
    expect(planOf(planPace(facts, { service: "checkout", pace: " 25%  stop-after 2", override: false }, context))).toMatchObject({ kind: "pace", services: [{ writes: [{ part: "pace", text: "25% stop-after 2", modifyIndex: undefined }] }] });
  });

  it("is refused where it is none, and where it is so already", () => {
    expect(refusalOf(planPace(facts, { service: "checkout", pace: "fast", override: false }, context)).kind).toBe("usage");
    const paced = factsOf({ states: [pinned("1.0.0", { pace: "2" })] });
    expect(refusalOf(planPace(paced, { service: "checkout", pace: "2 stop-after 1", override: false }, context)).kind).toBe("nothing-to-change");
  });

  it("goes over garbage", () => {
    const garbled = factsOf({ states: [pinned("1.0.0", { pace: "2" })], keys: { pace: "fast" } });
    expect(planOf(planPace(garbled, { service: "checkout", pace: "2", override: false }, context)).services[0]?.writes).toEqual([{ part: "pace", text: "2", modifyIndex: 300 }]);
  });
});
