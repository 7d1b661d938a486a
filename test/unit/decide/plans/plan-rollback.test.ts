import { describe, expect, test } from "vitest";
import { planRollback } from "../../../../core/decide/plans/plan-rollback.ts";
import type { TrafficFacts } from "../../../../core/decide/routing/routing-facts.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import type { RollbackRequest } from "../../../../core/model/requests.ts";
import { NOW, type Story, factsOf, pinned, timeOf } from "../facts.ts";
import { planOf, refusalOf, resultsOf } from "./outcome.ts";

const A = "1.0.0";
const B = "1.1.0";
const C = "2.0.0";
const registered = [A, B, C];
const request: RollbackRequest = { services: ["checkout"], track: "stable", target: { kind: "default" }, only: undefined, condemn: true, override: false, reason: undefined };
const rollback = (story: Story, more: Partial<RollbackRequest> = {}) => planRollback([factsOf({ registered, ...story })], { ...request, ...more }, { now: NOW });
const abc = [pinned(A), pinned(B), pinned(C)];
const to = (text: string): Partial<RollbackRequest> => ({ target: { kind: "version", text } });

describe("the default target", () => {
  test.each<[string, Story, string, readonly string[]]>([
    ["the version before", { states: [pinned(A), pinned(B)] }, A, []],
    ["the latest different one where none is good", { states: abc }, B, []],
    ["a good one further back", { states: abc, verdicts: { [A]: "good" } }, A, [`checkout: ${B} passed over: it was never called good`]],
    ["the newest good one", { states: abc, verdicts: { [A]: "good", [B]: "good" } }, B, []],
    ["not a condemned one", { states: abc, verdicts: { [B]: "condemned" } }, A, [`checkout: ${B} passed over: condemned by bob`]],
    ["not an unregistered one", { states: abc, registered: [A, C] }, A, [`checkout: ${B} passed over: it is not registered`]],
    ["not unpinned", { states: [pinned(A), pinned("none"), pinned(B)] }, A, ["checkout: none passed over: it means unpinned, which is nothing to go back to"]],
    ["where the middle of a rollout began", { states: [pinned(A), { pins: { stable: A, canary: B } }, pinned(B)] }, A, []],
    ["from unpinned to what was pinned", { states: [pinned(A), pinned("none")] }, A, []],
    ["from a flip that nobody adopted to what was accepted", { states: [pinned(A)], keys: { pin: B } }, A, []],
  ])("%s", (_name, story, target, notes) => {
    const plan = planOf(rollback(story));
    expect(plan.services[0]?.after.pins["stable"]).toBe(target);
    for (const note of notes) expect(plan.notes).toContain(note);
    expect(plan.notes.filter((note) => note.includes("passed over"))).toHaveLength(notes.length);
  });

  test.each<[string, Story]>([
    ["one version only", { states: [pinned(A)] }],
    ["no pin ever", { states: [] }],
    ["all others condemned", { states: abc, verdicts: { [A]: "condemned", [B]: "condemned" } }],
    ["only unpinned before", { states: [pinned("none"), pinned(A)] }],
  ])("refused: %s", (_name, story) => {
    expect(refusalOf(rollback(story))).toMatchObject({ kind: "refused", check: "target" });
  });

  test("says so where nothing is good", () => {
    expect(planOf(rollback({ states: abc })).checks.find(({ name }) => name === "target")?.detail).toContain("no release in the history of stable is called good");
  });
});

describe("the version that is left", () => {
  test.each<[string, Partial<RollbackRequest>, Story, readonly string[]]>([
    ["is condemned", {}, {}, [C]],
    ["with --to", to(A), {}, [C]],
    ["with --steps", { target: { kind: "steps", steps: 2 } }, {}, [C]],
    ["not with --no-condemn", { condemn: false }, {}, []],
    ["not with --at", { target: { kind: "at", at: Date.parse(timeOf(2)) } }, {}, []],
    ["not with --revision", { target: { kind: "revision", revision: 1 } }, {}, []],
    ["not where it is already", {}, { verdicts: { [C]: "condemned" } }, []],
    ["also where it was called good", {}, { verdicts: { [C]: "good" } }, [C]],
    ["not where it is no version", {}, { states: [pinned(A), pinned("none")] }, []],
  ])("%s", (_name, more, story, condemned) => {
    const plan = planOf(rollback({ states: abc, ...story }, more));
    expect(plan.services[0]?.verdicts.filter(({ after }) => after?.verdict === "condemned").map(({ version }) => version)).toEqual(condemned);
  });

  test("takes with it the tracks that are pinned to it", () => {
    const plan = planOf(rollback({ states: [pinned(A), { pins: { stable: B, canary: B, blue: A } }] }));
    expect(plan.services[0]?.after.pins).toEqual({ stable: A, canary: A, blue: A });
    expect(plan.notes).toContain(`checkout: track canary goes along, because it is pinned to ${B} too`);
  });

  test("doesn't end a failover that was commanded", () => {
    const states = [pinned(A, { routes: "sticky: {cookie: a}\n" }), pinned(B, { routes: "failover: {to: other, active: true}\n" })];
    const plan = planOf(rollback({ states }));
    expect(plan.services[0]?.after.routes).toBe("sticky: {cookie: a}\nfailover: {to: other, active: true}\n");
    expect(plan.checks.find(({ name }) => name === "routes")?.detail).toBe('the failover to other stays on: "rollpin failback checkout" ends it');
    expect(planOf(rollback({ states: [pinned(A), pinned(B, { routes: "failover: {to: other, active: true}\n" })] })).services[0]?.after.routes).toBe("failover: {to: other, active: true}\n");
  });

  test("must not stay in the routes", () => {
    const states = [pinned(A, { routes: `split: {${A}: 50, ${B}: 50}` }), pinned(B, { routes: `split: {${B}: 100}` })];
    expect(planOf(rollback({ states })).services[0]?.after).toEqual(pinned(A, { routes: `split: {${A}: 50, pin: 50}\n` }));
    // Nor one that was condemned since, where routes come back that name it.
    const older = [pinned(A, { routes: `split: {${C}: 5, pin: 95}` }), pinned(B)];
    expect(planOf(rollback({ states: older, verdicts: { [C]: "condemned" } })).services[0]?.after.routes).toBe("split: {pin: 100}\n");
    const unreadable = [pinned(A, { routes: `{${A}: 50, ${B}: 50}` }), pinned(B)];
    expect(refusalOf(rollback({ states: unreadable }))).toMatchObject({ check: "routes" });
    expect(planOf(rollback({ states: unreadable }, { override: true })).services[0]?.overrides).toEqual(["routes"]);
    expect(resultsOf(planOf(rollback({ states: [pinned(A, { routes: `split: {${B}1: 1}` }), pinned(B)] })))["routes"]).toBe("passed");
  });
});

describe("garbage", () => {
  test.each<[string, string | null]>([["unregistered", "latest"], ["two words", "a b"], ["gone", null]])("%s: the accepted state comes back and nothing is condemned", (_name, pin) => {
    const plan = planOf(rollback({ states: abc, keys: { pin } }));
    expect(plan.services[0]).toMatchObject({ before: pinned(C), after: pinned(C), verdicts: [], writes: [{ part: "pin", text: C, modifyIndex: pin === null ? undefined : 300 }] });
  });

  test("elsewhere doesn't keep a rollback from going back, and is mended on the way", () => {
    const states = [pinned(A, { config: "a" }), pinned(B, { config: "a" })];
    const plan = planOf(rollback({ states, keys: { config: Uint8Array.from([0xff]), pace: "fast" } }));
    expect(plan.services[0]?.writes.map(({ part, text }) => [part, text])).toEqual([["pin", A], ["config", "a"]]);
  });
});

describe("config and routes follow the pin", () => {
  const states: readonly DesiredState[] = [pinned(A, { config: "a1" }), pinned(A, { config: "a2", routes: "r" }), pinned(B, { config: "b1" }), pinned(B, { config: "b2" })];
  test.each<[string, Partial<RollbackRequest>, DesiredState]>([
    ["from the newest revision with that pin", {}, pinned(A, { config: "a2", routes: "r" })],
    ["only the pin", { only: "pin" }, pinned(A, { config: "b2" })],
    ["only the config: the last different one", { only: "config" }, pinned(B, { config: "b1" })],
    ["only the config, two back", { only: "config", target: { kind: "steps", steps: 2 } }, pinned(B, { config: "a2" })],
    ["only the config that went with a version", { only: "config", ...to(A) }, pinned(B, { config: "a2" })],
    ["only the routes", { only: "routes" }, pinned(B, { config: "b2", routes: "r" })],
    ["of the revision itself", { target: { kind: "revision", revision: 1 } }, pinned(A, { config: "a1" })],
    ["of the time itself", { target: { kind: "at", at: Date.parse(timeOf(2)) - 1 } }, pinned(A, { config: "a1" })],
    ["of the revision itself, only the config", { only: "config", target: { kind: "revision", revision: 1 } }, pinned(B, { config: "a1" })],
    ["stay where the version was never the pin", to(C), pinned(C, { config: "b2" })],
  ])("%s", (_name, more, after) => {
    const plan = planOf(rollback({ states }, more));
    expect(plan.services[0]?.after).toEqual(after);
    if (more.only === "config" || more.only === "routes") expect(plan.services[0]?.verdicts).toEqual([]);
  });

  test("refused where there is no other", () => {
    expect(refusalOf(rollback({ states: abc }, { only: "config" }))).toMatchObject({ check: "target" });
    expect(refusalOf(rollback({ states: [pinned(B), pinned(B, { config: "x" })] }, { only: "config" }))).toMatchObject({ check: "target" });
    expect(refusalOf(rollback({ states }, { only: "config", ...to(C) }))).toMatchObject({ check: "target" });
  });
});

describe("named targets", () => {
  test.each<[string, Story, Partial<RollbackRequest>, string]>([
    ["a registered version", {}, to(A), A],
    ["a version before a range", { registered: [...registered, "1"], states: abc }, to("1"), "1"],
    ["the newest in a range", {}, to("1"), B],
    ["the newest uncondemned in a range", { verdicts: { [B]: "condemned" } }, to("^1.0.0"), A],
    ["a track", { states: [{ pins: { stable: C, canary: A } }] }, { target: { kind: "track", track: "canary" } }, A],
    ["two steps", {}, { target: { kind: "steps", steps: 2 } }, A],
    ["steps pass over what is condemned", { states: [pinned("0.9.0"), ...abc], registered: ["0.9.0", ...registered], verdicts: { [B]: "condemned" } }, { target: { kind: "steps", steps: 2 } }, "0.9.0"],
    ["a revision", {}, { target: { kind: "revision", revision: 1 } }, A],
    ["a time", {}, { target: { kind: "at", at: Date.parse(timeOf(2)) } }, B],
  ])("%s", (_name, story, more, version) => {
    expect(planOf(rollback({ states: abc, ...story }, more)).services[0]?.after.pins["stable"]).toBe(version);
  });

  test.each<[string, Story, Partial<RollbackRequest>, object]>([
    ["unregistered", {}, to("9.9.9"), { check: "registered" }],
    ["neither version nor range", {}, to("latest"), { check: "registered" }],
    ["an empty range", {}, to("^9"), { check: "target" }],
    ["a range of condemned ones", { verdicts: { [A]: "condemned", [B]: "condemned" } }, to("^1"), { check: "target" }],
    ["condemned", { verdicts: { [A]: "condemned" } }, to(A), { check: "condemned" }],
    ["a condemned revision", { verdicts: { [A]: "condemned" } }, { target: { kind: "revision", revision: 1 } }, { check: "condemned" }],
    ["a track without a pin", {}, { target: { kind: "track", track: "canary" } }, { check: "target" }],
    ["too many steps", {}, { target: { kind: "steps", steps: 3 } }, { check: "target" }],
    ["no steps", {}, { target: { kind: "steps", steps: 0 } }, { kind: "usage" }],
    ["before history", {}, { target: { kind: "at", at: Date.parse(timeOf(1)) - 1 } }, { check: "kept-history" }],
    ["a revision to come", {}, { target: { kind: "revision", revision: 4 } }, { check: "kept-history" }],
    ["a revision without a pin", { states: [{ pins: {}, config: "c" }, pinned(A)] }, { target: { kind: "revision", revision: 1 } }, { check: "target" }],
    ["there already", {}, to(C), { kind: "nothing-to-change" }],
    ["the present revision", {}, { target: { kind: "revision", revision: 3 } }, { kind: "nothing-to-change" }],
    ["an artifact that lies nowhere", { instances: [{ artifacts: [C] }] }, {}, { check: "artifact" }],
    ["frozen altogether", { freeze: { scope: "all", by: "carol", at: timeOf(1) } }, {}, { check: "frozen" }],
  ])("refused: %s", (_name, story, more, refusal) => {
    expect(refusalOf(rollback({ states: abc, ...story }, more))).toMatchObject(refusal);
  });

  test("a forward freeze lets it pass", () => {
    expect(resultsOf(planOf(rollback({ states: abc, freeze: { scope: "forward", by: "carol", at: timeOf(1) } })))["frozen"]).toBe("passed");
  });

  test("a condemned target, overridden, loses its verdict in the transaction", () => {
    const plan = planOf(rollback({ states: abc, verdicts: { [A]: "condemned" } }, { ...to(A), override: true }));
    expect(plan.services[0]?.verdicts.map(({ version, after }) => [version, after?.verdict])).toEqual([[A, undefined], [C, "condemned"]]);
  });
});

describe("several services", () => {
  const both = (one: Story, two: Story, more: Partial<RollbackRequest> = {}) => planRollback([factsOf({ registered, ...one }), factsOf({ registered, service: "payments", ...two })], { ...request, services: ["checkout", "payments"], ...more }, { now: NOW });

  test("go in one plan, and each condemns what it leaves", () => {
    const plan = planOf(both({ states: abc }, { states: [pinned(A), pinned(B)] }));
    expect(plan.services.map(({ service, after, verdicts }) => [service, after.pins["stable"], verdicts.map(({ version }) => version)])).toEqual([["checkout", B, [C]], ["payments", A, [B]]]);
  });

  test("all or none", () => {
    expect(refusalOf(both({ states: abc }, { states: [pinned(A)] }))).toMatchObject({ check: "target", service: "payments" });
  });

  test("what is there already is left out, and named", () => {
    const plan = planOf(both({ states: abc }, { states: [pinned(A)] }, to(A)));
    expect(plan.services.map(({ service }) => service)).toEqual(["checkout"]);
    expect(plan.notes.join()).toContain("payments is there already");
  });

  test("--revision takes one", () => {
    expect(refusalOf(both({ states: abc }, { states: abc }, { target: { kind: "revision", revision: 1 } })).kind).toBe("usage");
  });
});

describe("traffic", () => {
  const routers = [{ router: "shop-1", kind: "proxy" }];
  const instance = (version: string) => ({ version, track: "stable", passing: true });
  const seen = (...versions: readonly string[]): TrafficFacts => ({ routers, failoverPassing: undefined, instances: versions.map(instance) });
  test.each<[string, TrafficFacts, string | undefined, readonly string[]]>([
    ["goes first where the target still runs", seen(A, B, B), undefined, [`checkout: traffic goes first: 1 instance of ${A} passes, and routers send the pin's share there at once; 2 others follow as they switch`]],
    ["follows where it doesn't", seen(B), undefined, [`checkout: traffic follows the instances: none of ${A} passes yet, so it stays where it is until the first has switched`]],
    ["all goes to the first, of many", seen(B, B, B), undefined, [`checkout: traffic follows the instances: none of ${A} passes yet, so it stays where it is until the first has switched, which takes all of it then; "enough: 50%" in the routes has all share it until half of them have`]],
    ["waits for enough", seen(A, B, B), "enough: 50%", [`checkout: traffic follows the instances: 1 of the 3 that pass run ${A}, so all share it until 50% do`]],
    ["goes first where enough run it", seen(A, B), "enough: 50%", [`checkout: traffic goes first: 1 instance of ${A} passes, and routers send the pin's share there at once; 1 other follows as it switches`]],
    ["is nobody's matter without a router", { ...seen(A), routers: [] }, undefined, []],
  ])("%s", (_, traffic, routes, notes) => {
    const states = [pinned(A), pinned(B)].map((state) => ({ ...state, routes }));
    expect(planOf(planRollback([factsOf({ registered, states })], request, { now: NOW, traffic: new Map([["checkout", traffic]]) })).notes).toEqual(notes);
  });
});
