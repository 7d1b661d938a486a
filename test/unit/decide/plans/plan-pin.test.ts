import { describe, expect, test } from "vitest";
import { planPin, planUnpin } from "../../../../core/decide/plans/plan-pin.ts";
import type { Freeze } from "../../../../core/model/records.ts";
import { NOW, type Story, factsOf, pinned, timeOf } from "../facts.ts";
import { planOf, refusalOf, resultsOf } from "./outcome.ts";

const story: Story = { states: [pinned("1.4.1"), pinned("1.4.2")], registered: ["1.4.1", "1.4.2", "1.5.0", "bad"], verdicts: { bad: "condemned" } };
const pin = (more: Story, version: string, { override = false, track = "stable" } = {}) => planPin(factsOf({ ...story, ...more }), { service: "checkout", track, version, override }, { now: NOW });
const freeze = (scope: Freeze["scope"], until?: string): Freeze => ({ scope, by: "carol", at: timeOf(1), ...(until === undefined ? {} : { until }) });

describe("planPin", () => {
  test("writes one key, says what it looked at", () => {
    const plan = planOf(pin({}, "1.5.0"));
    expect(plan.services).toMatchObject([{ service: "checkout", before: pinned("1.4.2"), after: pinned("1.5.0"), recorded: true, verdicts: [], writes: [{ part: "pin", text: "1.5.0", modifyIndex: 200 }], expects: [] }]);
    expect(resultsOf(plan)).toEqual({ frozen: "passed", restored: "passed", registered: "passed", condemned: "passed", artifact: "passed", routes: "passed" });
  });

  test("says what becomes of traffic where a router sends it by the pin", () => {
    const instances = [1, 2].map(() => ({ version: "1.4.2", track: "stable", passing: true }));
    const context = { now: NOW, traffic: new Map([["checkout", { routers: [{ router: "edge-1", kind: "proxy" }], instances, failoverPassing: undefined }]]) };
    const planned = (track: string) => planOf(planPin(factsOf(story), { service: "checkout", track, version: "1.5.0", override: false }, context)).notes;
    expect(planned("stable")).toEqual([expect.stringContaining("none of 1.5.0 passes yet")]);
    expect(planned("canary")).toEqual([]);
  });

  test("a track that was never pinned gets a key of its own", () => {
    expect(planOf(pin({}, "1.5.0", { track: "canary" })).services[0]?.writes).toEqual([{ part: "pin.canary", text: "1.5.0", modifyIndex: undefined }]);
  });

  test.each<[string, Story, string, boolean, object]>([
    ["unregistered", {}, "9.9.9", false, { kind: "refused", check: "registered" }],
    ["unregistered with an override", {}, "9.9.9", true, { kind: "refused", check: "registered" }],
    ["no version", {}, "../../x", false, { kind: "usage" }],
    ["condemned", {}, "bad", false, { kind: "refused", check: "condemned" }],
    ["there already", {}, "1.4.2", false, { kind: "nothing-to-change" }],
    ["frozen", { freeze: freeze("forward") }, "1.5.0", false, { kind: "refused", check: "frozen" }],
    ["frozen altogether", { freeze: freeze("all") }, "1.5.0", false, { kind: "refused", check: "frozen" }],
    ["no artifact anywhere", { instances: [{ artifacts: ["1.4.2"] }] }, "1.5.0", false, { kind: "refused", check: "artifact" }],
    ["routes that nobody can read seem to name what is left", { states: [pinned("1.4.2", { routes: "split: {1.4.2: x}" })] }, "1.5.0", false, { kind: "refused", check: "routes" }],
  ])("%s", (_name, more, version, override, refusal) => {
    expect(refusalOf(pin(more, version, { override }))).toMatchObject(refusal);
  });

  test.each<[string, Story, string]>([
    ["an expired freeze", { freeze: freeze("all", "2026-03-01T12:00:00.000Z") }, "passed"],
    ["a freeze that is still on, overridden", { freeze: freeze("forward", "2026-03-01T12:00:00.001Z") }, "overridden"],
  ])("%s", (_name, more, frozen) => {
    const plan = planOf(pin(more, "1.5.0", { override: true }));
    expect(resultsOf(plan)["frozen"]).toBe(frozen);
    expect(plan.services[0]?.overrides).toEqual(frozen === "overridden" ? ["frozen"] : []);
  });

  test("an override of a condemnation clears it in the same plan", () => {
    const plan = planOf(pin({}, "bad", { override: true }));
    expect(plan.services[0]).toMatchObject({ overrides: ["condemned"], verdicts: [{ version: "bad", modifyIndex: 50, after: undefined, before: { verdict: "condemned" } }] });
  });

  test("some instances without the artifact are a warning, silent ones nothing", () => {
    const plan = planOf(pin({ instances: [{ instance: "a", artifacts: [] }, { instance: "b", artifacts: ["1.5.0"] }, { instance: "c" }, { instance: "d", track: "canary", artifacts: [] }] }, "1.5.0"));
    expect(plan.checks.find(({ name }) => name === "artifact")).toMatchObject({ result: "warned", detail: "1 of 2 live instances lack the artifact of 1.5.0 and will hold: a" });
  });

  test("a route that names what is left means the pin from then on", () => {
    const routes = "split: {1.4.2: 60, 1.4.1: 40}\nrules: [{match: {path: /}, split: {1.4.2: 1}}]\n";
    const plan = planOf(pin({ states: [pinned("1.4.2", { routes })] }, "1.5.0"));
    expect(plan.services[0]?.writes.map(({ part, text }) => [part, text])).toEqual([["pin", "1.5.0"], ["routes", "split: {1.4.1: 40, pin: 60}\nrules: [{match: {path: /}, split: {pin: 1}}]\n"]]);
    expect(plan.checks.find(({ name }) => name === "routes")).toMatchObject({ result: "warned", detail: 'the routes name 1.4.2, which no track is pinned to any more: those names become "pin"' });
  });

  test("a route may name a version that another track keeps", () => {
    const states = [{ pins: { stable: "1.4.2", canary: "1.4.2" }, routes: "1.4.2: 100" }];
    expect(resultsOf(planOf(pin({ states }, "1.5.0")))["routes"]).toBe("passed");
  });

  test("garbage is written over although nothing else changes, and other garbage is left alone", () => {
    const plan = planOf(pin({ keys: { pin: "latest", "pin.canary": "?" } }, "1.4.2"));
    expect(plan.services[0]?.writes).toEqual([{ part: "pin", text: "1.4.2", modifyIndex: 300 }]);
  });

  test("a flip that nobody adopted is where it starts from, and must still stand", () => {
    const plan = planOf(pin({ keys: { "pin.canary": "1.5.0" } }, "1.5.0"));
    expect(plan.services[0]).toMatchObject({ before: { pins: { stable: "1.4.2", canary: "1.5.0" } }, expects: [{ part: "pin.canary", modifyIndex: 300 }] });
  });

  test("an unknown service is bad usage", () => {
    expect(refusalOf(planPin({ ...factsOf(), head: undefined }, { service: "checkout", track: "stable", version: "1", override: false }, { now: NOW })).kind).toBe("usage");
  });

  test("the fingerprint is made of writes and indexes only", () => {
    const one = planOf(pin({}, "1.5.0")).fingerprint;
    expect(planOf(pin({ instances: [{ artifacts: ["1.5.0"] }] }, "1.5.0", { override: true })).fingerprint).toBe(one);
    expect(planOf(pin({}, "1.4.1")).fingerprint).not.toBe(one);
    expect(planOf(pin({ keys: { pin: "1.4.2\n" } }, "1.5.0")).fingerprint).not.toBe(one);
  });
});

describe("planUnpin", () => {
  const unpin = (more: Story) => planUnpin(factsOf({ ...story, ...more }), { service: "checkout", track: "stable", override: false }, { now: NOW });
  test("writes none, once", () => {
    expect(planOf(unpin({})).services[0]?.writes).toEqual([{ part: "pin", text: "none", modifyIndex: 200 }]);
    expect(refusalOf(unpin({ states: [pinned("none")] })).kind).toBe("nothing-to-change");
  });
});
