import { describe, expect, test } from "vitest";
import { determineCurrent } from "../../../../core/decide/current.ts";
import { planConfig } from "../../../../core/decide/plans/plan-config.ts";
import { planExternal } from "../../../../core/decide/plans/plan-external.ts";
import { planFreeze, planUnfreeze } from "../../../../core/decide/plans/plan-freeze.ts";
import { planInit } from "../../../../core/decide/plans/plan-init.ts";
import { planRestart } from "../../../../core/decide/plans/plan-restart.ts";
import { planVerdict } from "../../../../core/decide/plans/plan-verdict.ts";
import type { Freeze } from "../../../../core/model/records.ts";
import { NOW, type Story, factsOf, pinned, timeOf } from "../facts.ts";
import { planOf, refusalOf } from "./outcome.ts";

const context = { now: NOW };
const frozen = (scope: Freeze["scope"]): Story => ({ states: [pinned("1")], registered: ["1"], freeze: { scope, by: "carol", at: timeOf(1) } });

describe("which freeze stops what", () => {
  const services = ["checkout"];
  test.each<[string, (story: Story, override: boolean) => ReturnType<typeof planInit>, boolean, boolean]>([
    ["config", (story, override) => planConfig(factsOf(story), { service: "checkout", text: "x", override }, context), true, true],
    ["restart", (story, override) => planRestart([factsOf(story)], { services, track: undefined, override }, context), true, true],
    ["verdict", (story, override) => planVerdict(factsOf(story), { service: "checkout", version: "1", verdict: "good", reason: undefined, override }, context), false, true],
    ["unfreeze", (story) => planUnfreeze([factsOf(story)], { services }, context), false, false],
  ])("%s", (name, plan, byForward, byAll) => {
    expect(plan(frozen("forward"), false).ok).toBe(!byForward);
    expect(plan(frozen("all"), false).ok).toBe(!byAll);
    if (byAll) expect(refusalOf(plan(frozen("all"), false)), name).toMatchObject({ kind: "refused", check: "frozen" });
    expect(plan(frozen("all"), true).ok).toBe(true);
  });
});

describe("planFreeze", () => {
  const freeze = (story: Story, until?: string) => planFreeze([factsOf(story)], { services: ["checkout"], scope: "all", until, reason: "fair" }, context);
  test("changes the head only", () => {
    expect(planOf(freeze({ states: [pinned("1")] }, "2026-03-01T13:00:00.000Z")).services).toMatchObject([{ recorded: false, writes: [], freeze: { scope: "all", until: "2026-03-01T13:00:00.000Z", reason: "fair" } }]);
  });
  test("is refused over one of scope all, and for a time that is over", () => {
    expect(freeze(frozen("forward")).ok).toBe(true);
    expect(refusalOf(freeze(frozen("all")))).toMatchObject({ check: "frozen" });
    expect(refusalOf(freeze({}, "2026-03-01T12:00:00.000Z"))).toMatchObject({ kind: "usage" });
  });
  test("its end is no part of the fingerprint", () => {
    expect(planOf(freeze({}, "2026-03-01T13:00:00.000Z")).fingerprint).toBe(planOf(freeze({}, "2026-03-01T14:00:00.000Z")).fingerprint);
  });
});

describe("planUnfreeze", () => {
  test("ends one, and has nothing to do where there is none", () => {
    expect(planOf(planUnfreeze([factsOf(frozen("all"))], { services: ["checkout"] }, context)).services).toMatchObject([{ freeze: null }]);
    expect(refusalOf(planUnfreeze([factsOf()], { services: ["checkout"] }, context)).kind).toBe("nothing-to-change");
  });
});

describe("planConfig", () => {
  const config = (story: Story, text: string | undefined) => planConfig(factsOf(story), { service: "checkout", text, override: false }, context);
  test.each<[string, Story, string | undefined, object | undefined]>([
    ["sets", {}, "a", { text: "a", modifyIndex: undefined }],
    ["replaces", { states: [{ pins: {}, config: "a" }] }, "b", { text: "b", modifyIndex: 200 }],
    ["removes", { states: [{ pins: {}, config: "a" }] }, undefined, { text: undefined, modifyIndex: 200 }],
    ["mends what is no text", { states: [{ pins: {}, config: "a" }], keys: { config: Uint8Array.from([0xff]) } }, "a", { text: "a", modifyIndex: 300 }],
    ["mends what is gone", { states: [{ pins: {}, config: "a" }], keys: { config: null } }, "a", { text: "a", modifyIndex: undefined }],
    ["has nothing to do", { states: [{ pins: {}, config: "a" }] }, "a", undefined],
    ["has nothing to remove", {}, undefined, undefined],
  ])("%s", (_name, story, text, write) => {
    const planned = config(story, text);
    if (write === undefined) expect(refusalOf(planned).kind).toBe("nothing-to-change");
    else expect(planOf(planned).services[0]?.writes).toEqual([{ part: "config", ...write }]);
  });
});

describe("planRestart", () => {
  test("asks a track or all, keeps the state, and says where nobody is asked", () => {
    const restart = (track: string | undefined) => planOf(planRestart([factsOf({ states: [pinned("1")], instances: [{}] })], { services: ["checkout"], track, override: false }, context));
    expect(restart(undefined).services[0]).toMatchObject({ before: pinned("1"), after: pinned("1"), recorded: true, writes: [], restart: {} });
    expect(restart(undefined).notes).toEqual([]);
    expect(restart("canary").services[0]?.restart).toEqual({ tracks: ["canary"] });
    expect(restart("canary").notes).toEqual(["checkout has no live instance of track canary to restart"]);
  });
});

describe("planVerdict", () => {
  const judge = (verdict: "good" | "condemned" | undefined, version = "1") => planVerdict(factsOf({ states: [pinned("1")], registered: ["1", "2"], verdicts: { "2": "good" } }), { service: "checkout", version, verdict, reason: "why", override: false }, context);
  test("sets, changes, clears", () => {
    expect(planOf(judge("good")).services[0]).toMatchObject({ recorded: false, verdicts: [{ version: "1", modifyIndex: undefined, after: { verdict: "good", reason: "why" } }] });
    expect(planOf(judge("condemned", "2")).services[0]?.verdicts).toMatchObject([{ modifyIndex: 50, before: { verdict: "good" }, after: { verdict: "condemned" } }]);
    expect(planOf(judge(undefined, "2")).services[0]?.verdicts).toMatchObject([{ modifyIndex: 50, after: undefined }]);
  });
  test("says that nothing restarts because of it", () => {
    expect(planOf(judge("condemned")).notes.join()).toContain("stays pinned to 1 (stable): nothing restarts because of a verdict");
  });
  test.each<[string, ReturnType<typeof judge>, object]>([
    ["the same again", judge("good", "2"), { kind: "nothing-to-change" }],
    ["nothing to clear", judge(undefined), { kind: "nothing-to-change" }],
    ["unregistered", judge("good", "9"), { check: "registered" }],
    ["no version", judge("good", "../x"), { kind: "usage" }],
  ])("refused: %s", (_name, planned, refusal) => {
    expect(refusalOf(planned)).toMatchObject(refusal);
  });
});

describe("planExternal", () => {
  const adopt = (story: Story) => {
    const facts = factsOf({ states: [pinned("1")], registered: ["1", "2"], ...story });
    if (facts.head === undefined) throw new Error("there is no head");
    return planExternal({ ...facts, head: facts.head }, determineCurrent(facts));
  };
  test("records what was flipped, writes nothing, expects it to stand", () => {
    expect(planOf(adopt({ keys: { pin: "2", config: "c", "pin.canary": "nonsense here" } })).services).toMatchObject([
      { before: pinned("1"), after: pinned("2", { config: "c" }), recorded: true, writes: [], expects: [{ part: "pin", modifyIndex: 300 }, { part: "config", modifyIndex: 300 }] },
    ]);
  });
  test("garbage is never history", () => {
    expect(refusalOf(adopt({ keys: { pin: "nonsense here" } })).kind).toBe("nothing-to-change");
    expect(refusalOf(adopt({ keys: { pin: null } })).kind).toBe("nothing-to-change");
  });
  test("an override is recorded", () => {
    expect(planOf(adopt({ keys: { pin: "2 !override" }, verdicts: { "2": "condemned" } })).services[0]?.overrides).toEqual(["condemned"]);
  });
});

test("planInit makes a head and nothing else", () => {
  expect(planOf(planInit("checkout")).services).toMatchObject([{ service: "checkout", recorded: false, writes: [], verdicts: [] }]);
  expect(planOf(planInit("checkout")).services[0]?.head).toBeUndefined();
});

test("a head that somebody wrote over is named, and the service isn't called unknown", () => {
  const facts = { ...factsOf({ states: [pinned("1")], registered: ["1"] }), head: undefined, unreadable: [{ key: "desired/checkout/head", problems: ["no JSON"] }] };
  expect(refusalOf(planConfig(facts, { service: "checkout", text: "x", override: true }, context))).toMatchObject({ kind: "refused", check: "head", message: expect.stringContaining("desired/checkout/head can't be read: no JSON") as string });
});
