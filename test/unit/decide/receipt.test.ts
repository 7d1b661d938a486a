import { describe, expect, test } from "vitest";
import { determineAffected } from "../../../core/decide/affected.ts";
import { determineReceipt, determineStanding, determineState } from "../../../core/decide/receipt.ts";
import type { DesiredState } from "../../../core/model/desired.ts";
import type { ServicePlan } from "../../../core/model/plan.ts";
import type { InstanceRecord } from "../../../core/model/records.ts";
import { instanceOf, pinned, timeOf } from "./facts.ts";

const REVISION = 5;
const record = (given: Partial<InstanceRecord>) => instanceOf({ instance: "a", ...given });

describe("one instance", () => {
  test.each<[string, Partial<InstanceRecord> | undefined, boolean, string]>([
    ["acted on it", { revision: 5, seen: 5 }, true, "applied"],
    ["acted on a later one", { revision: 6, seen: 6, status: "held" }, true, "applied"],
    ["was in sync with it and is on its way to a later one", { revision: 5, seen: 6, status: "reconciling" }, true, "applied"],
    ["acted on it before its session was lost", { revision: 5, seen: 5 }, false, "applied"],
    ["acted on it and drifted since", { revision: 5, seen: 5, status: "drifted" }, true, "lagging"],
    ["is in sync with an earlier one", { revision: 4, seen: 4 }, true, "lagging"],
    ["reconciles", { revision: 4, seen: 5, status: "reconciling" }, true, "lagging"],
    ["holds", { revision: 4, seen: 5, status: "held" }, true, "lagging"],
    ["lost its session", { revision: 4, seen: 5 }, false, "unknown"],
    ["signed off", undefined, false, "left"],
  ])("%s", (_name, given, live, kind) => {
    const seen = given === undefined ? undefined : { ...record(given), live };
    expect(determineStanding("a", seen, REVISION).kind).toBe(kind);
  });

  test("a lagging one says why", () => {
    const why = (given: Partial<InstanceRecord>) => determineStanding("a", record(given), REVISION);
    expect(why({ revision: 4, seen: 4 })).toMatchObject({ why: "a has not seen revision 5 yet; the newest it saw is 4" });
    expect(why({ revision: 4, seen: 5, status: "stalled", reason: { code: "crash-loop", message: "it crashed 6 times" } })).toMatchObject({ why: "stalled: it crashed 6 times" });
  });
});

describe("the whole", () => {
  const stateOf = (instances: readonly Partial<InstanceRecord>[], { gone = [], lost = [], isQuiet = false }: { gone?: string[]; lost?: string[]; isQuiet?: boolean } = {}) => {
    const seen = new Map(instances.map((given) => [given.instance ?? "a", { ...record(given), live: !lost.includes(given.instance ?? "a") }]));
    return determineState([determineReceipt({ service: "checkout", revision: REVISION, must: [...seen.keys(), ...gone], seen, committedAt: timeOf(0) })], isQuiet);
  };
  const done = { instance: "a", revision: 5, seen: 5 };
  test.each<[string, readonly Partial<InstanceRecord>[], Parameters<typeof stateOf>[1], string]>([
    ["nobody", [], {}, "complete"],
    ["all applied", [done], {}, "complete"],
    ["the rest signed off", [done], { gone: ["b"] }, "complete"],
    ["one on its way", [done, { instance: "b", revision: 4, seen: 5, status: "reconciling" }], {}, "waiting"],
    ["one on its way for too long", [done, { instance: "b", revision: 4, seen: 5, status: "reconciling" }], { isQuiet: true }, "standing"],
    ["one holds", [done, { instance: "b", revision: 4, seen: 5, status: "held" }], {}, "standing"],
    ["one held before it saw this", [done, { instance: "b", revision: 3, seen: 4, status: "held" }], {}, "waiting"],
    ["one holds, one is on its way", [{ instance: "a", revision: 4, seen: 4 }, { instance: "b", revision: 4, seen: 5, status: "held" }], {}, "waiting"],
    ["one is unknown", [done, { instance: "b", revision: 4, seen: 4 }], { lost: ["b"] }, "standing"],
  ])("%s", (_name, instances, more, state) => {
    expect(stateOf(instances, more)).toBe(state);
  });

  test("before anything could be read, nobody is taken for gone", () => {
    const receipt = determineReceipt({ service: "checkout", revision: REVISION, must: ["b", "a"], seen: undefined, committedAt: timeOf(3) });
    expect(receipt).toMatchObject({ unknown: 2, left: 0, instances: { a: { kind: "unknown", lastSeen: timeOf(3) } } });
    expect(Object.keys(receipt.instances)).toEqual(["a", "b"]);
  });
});

describe("who must apply", () => {
  const share = (before: DesiredState, after: DesiredState, more: Partial<ServicePlan> = {}): ServicePlan => ({ service: "checkout", why: "", before, after, recorded: true, writes: [], verdicts: [], overrides: [], ...more });
  const instances = [instanceOf({ instance: "s" }), instanceOf({ instance: "c", track: "canary" }), { ...instanceOf({ instance: "dead" }), live: false }];
  test.each<[string, ServicePlan, readonly string[] | undefined, readonly string[]]>([
    ["a pin concerns its track", share(pinned("1"), pinned("2")), ["stable"], ["s"]],
    ["another track's pin", share(pinned("1"), { pins: { stable: "1", canary: "2" } }), ["canary"], ["c"]],
    ["config concerns all", share(pinned("1"), pinned("1", { config: "x" })), undefined, ["c", "s"]],
    ["pace concerns nobody", share(pinned("1"), pinned("1", { pace: "1" })), [], []],
    ["a restart of all", share(pinned("1"), pinned("1"), { restart: {} }), undefined, ["c", "s"]],
    ["a restart of a track", share(pinned("1"), pinned("1"), { restart: { tracks: ["canary"] } }), ["canary"], ["c"]],
    ["a mended key", share(pinned("1"), pinned("1"), { writes: [{ part: "pin", text: "1", modifyIndex: 3 }] }), ["stable"], ["s"]],
  ])("%s", (_name, plan, tracks, must) => {
    expect(determineAffected(plan, instances)).toEqual({ tracks, must });
  });
});
