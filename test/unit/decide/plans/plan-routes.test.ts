import { describe, expect, test } from "vitest";
import { planFailover, planRoutes, planShift } from "../../../../core/decide/plans/plan-routes.ts";
import type { TrafficFacts } from "../../../../core/decide/routing/routing-facts.ts";
import { NOW, type Story, factsOf, pinned } from "../facts.ts";
import { planOf, refusalOf, resultsOf } from "./outcome.ts";

const story: Story = { states: [pinned("1.0.0", { routes: "split: {2.0.0: 5, pin: 95} # canary\n" })], registered: ["1.0.0", "2.0.0", "3.0.0", "bad"], verdicts: { bad: "condemned" } };
const live = (...versions: readonly string[]): TrafficFacts["instances"] => versions.map((version) => ({ version: version.split("@")[0], track: version.split("@")[1] ?? "stable", passing: true }));
const seen: TrafficFacts = { instances: live("1.0.0", "2.0.0", "bad", "2.0.0@backup"), routers: [], failoverPassing: undefined };
const context = (traffic: Partial<TrafficFacts>) => ({ now: NOW, traffic: new Map([["checkout", { ...seen, ...traffic }]]) });

interface More {
  readonly override?: boolean;
  readonly story?: Story;
  readonly traffic?: Partial<TrafficFacts>;
}
const set = (text: string | undefined, { override = false, story: changed = {}, traffic = {} }: More = {}) => planRoutes(factsOf({ ...story, ...changed }), { service: "checkout", text, override }, context(traffic));
const shift = (name: string | undefined, percentage = 100, { override = false, story: changed = {}, traffic = {} }: More = {}) =>
  planShift(factsOf({ ...story, ...changed }), { service: "checkout", to: name === undefined ? undefined : { name, percentage }, override }, context(traffic));
const failover = (active: boolean, to?: string, { override = false, story: changed = {}, traffic = {} }: More = {}) => planFailover(factsOf({ ...story, ...changed }), { service: "checkout", active, to, override }, context(traffic));
const routed = (routes: string | undefined): Story => ({ states: [pinned("1.0.0", { routes })] });

describe("route set and clear", () => {
  test("writes one key, says what it looked at", () => {
    const plan = planOf(set("split: {2.0.0: 25, pin: 75}\nsticky: {cookie: session}\n"));
    expect(plan).toMatchObject({ kind: "routes", services: [{ why: "set the routes: 2.0.0 25%, pin 75%; sticky by cookie session", writes: [{ part: "routes", text: "split: {2.0.0: 25, pin: 75}\nsticky: {cookie: session}\n" }] }] });
    expect(resultsOf(plan)).toEqual({ frozen: "passed", restored: "passed", registered: "passed", condemned: "passed", "no-live-instance": "passed", routers: "passed" });
  });

  test("clear removes the key", () => {
    expect(planOf(set(undefined)).services[0]?.writes).toMatchObject([{ part: "routes", text: undefined }]);
    expect(refusalOf(set(undefined, { story: routed(undefined) }))).toMatchObject({ kind: "nothing-to-change" });
  });

  test.each<[string, string, More, object]>([
    ["a mistake", "split: {2.0.0: x}", {}, { kind: "usage", message: 'the routes aren\'t right: line 1, column 16: split["2.0.0"]: a weight is a number, such as 25' }],
    ["no version of ours", "split: {9.0.0: 1}", { override: true }, { kind: "refused", check: "registered" }],
    ["a condemned one", "split: {bad: 1}", {}, { kind: "refused", check: "condemned" }],
    ["in a rule", "rules: [{match: {path: /}, split: {bad: 1}}]", {}, { kind: "refused", check: "condemned" }],
    ["nobody there", "split: {3.0.0: 1, pin: 9}", {}, { kind: "refused", check: "no-live-instance", message: expect.stringMatching(/^3\.0\.0 of checkout has no passing instance in Consul's catalog \(there pass 1 of 1\.0\.0, 2 of 2\.0\.0, 1 of bad\)/) as string }],
    ["a range that nothing is in", 'split: {"^3": 1, pin: 9}', {}, { kind: "refused", check: "no-live-instance" }],
    ["to itself", "failover: {to: checkout}", {}, { kind: "usage" }],
    ["nobody to take over", "failover: {to: other, active: true}", {}, { kind: "refused", check: "no-live-instance" }],
    ["the same", "split: {2.0.0: 5, pin: 95} # canary\n", {}, { kind: "nothing-to-change" }],
  ])("%s is refused", (_, text, more, refusal) => {
    expect(refusalOf(set(text, more))).toMatchObject(refusal);
  });

  test("what has no weight needs nobody, and what is overridden is said", () => {
    expect(resultsOf(planOf(set("split: {3.0.0: 0, pin: 1}")))["no-live-instance"]).toBe("passed");
    const plan = planOf(set("split: {bad: 1, 3.0.0: 1}", { override: true }));
    expect(plan.services[0]).toMatchObject({ overrides: ["condemned", "no-live-instance"], verdicts: [{ version: "bad", after: undefined }] });
  });

  test("a router that can't express it is named", () => {
    const plan = planOf(set("sticky: {cookie: session}\n", { traffic: { routers: [{ router: "edge-1", kind: "mesh" }, { router: "shop-1", kind: "proxy" }] } }));
    expect(plan.checks.find(({ name }) => name === "routers")).toMatchObject({ result: "warned", detail: 'edge-1: mesh can\'t do "sticky": its splitter draws each request anew' });
  });

  test("many that can't are named once, together", () => {
    const routers = Array.from({ length: 40 }, (_, at) => ({ router: `checkout-${at + 1}`, kind: "catalog" }));
    const plan = planOf(set("sticky: {cookie: session}\n", { traffic: { routers } }));
    expect(plan.checks.find(({ name }) => name === "routers")?.detail).toBe('checkout-1, checkout-2, checkout-3 and 37 more: catalog can\'t do "sticky": it doesn\'t see requests');
  });
});

describe("route shift", () => {
  test.each<[string, string | undefined, number, Story, string | undefined]>([
    ["takes from the pin", "2.0.0", 25, {}, "split: {2.0.0: 25, pin: 75} # canary\n"],
    ["gives back to it", "2.0.0", 0, {}, "split: {2.0.0: 0, pin: 100} # canary\n"],
    ["makes a document", "2.0.0", 25, routed(undefined), "split: {2.0.0: 25, pin: 75}\n"],
    ["the pin by its version is the pin", "2.0.0", 50, routed("split: {1.0.0: 100}\n"), "split: {2.0.0: 50, pin: 50}\n"],
    ["goes to a track", "track:backup", 100, { states: [{ pins: { stable: "1.0.0", backup: "2.0.0" } }] }, "split: {track:backup: 100, pin: 0}\n"],
    ["back", undefined, 0, {}, undefined],
    ["back leaves the rest", undefined, 0, routed("split: {2.0.0: 5, pin: 95}\nsticky: {cookie: a}\n"), "sticky: {cookie: a}\n"],
  ])("%s", (_, name, percentage, changed, text) => {
    expect(planOf(shift(name, percentage, { story: changed })).services[0]?.after.routes).toBe(text);
  });

  test.each<[string, string | undefined, number, More, object]>([
    ["the pin", "pin", 10, {}, { kind: "usage" }],
    ["the pinned version", "1.0.0", 10, {}, { kind: "usage" }],
    ["no name", "a b", 10, {}, { kind: "usage" }],
    ["more than there is", "3.0.0", 96, {}, { kind: "usage", message: expect.stringContaining('"rollpin route shift checkout --back"') as string }],
    ["nobody there", "3.0.0", 10, {}, { kind: "refused", check: "no-live-instance" }],
    ["unregistered", "9.0.0", 10, { override: true }, { kind: "refused", check: "registered" }],
    ["frozen", "2.0.0", 10, { story: { freeze: { scope: "forward", by: "carol", at: "2026-03-01T00:00:00.000Z" } } }, { kind: "refused", check: "frozen" }],
    ["routes that can't be read", "2.0.0", 10, { story: routed("split: {2.0.0: x}") }, { kind: "usage", message: expect.stringContaining('write them anew with "rollpin route set"') as string }],
    ["back, where nothing is shifted", undefined, 0, { story: routed("sticky: {cookie: a}\n") }, { kind: "nothing-to-change" }],
  ])("%s is refused", (_, name, percentage, more, refusal) => {
    expect(refusalOf(shift(name, percentage, more))).toMatchObject(refusal);
  });

  test("back, failover and failback pass a freeze that lets rollbacks pass", () => {
    const freeze = { scope: "forward", by: "carol", at: "2026-03-01T00:00:00.000Z" } as const;
    const states = [pinned("1.0.0", { routes: "split: {2.0.0: 5, pin: 95}\nfailover: {to: track:backup, active: true}\n" })];
    const standing = [pinned("1.0.0", { routes: "failover: {to: track:backup}\n" })];
    const plans = [shift(undefined, 0, { story: { freeze, states } }), shift("2.0.0", 0, { story: { freeze, states } }), failover(false, undefined, { story: { freeze, states } }), failover(true, undefined, { story: { freeze, states: standing } })];
    for (const planned of plans) expect(planOf(planned).services[0]?.back).toBe(true);
    expect(refusalOf(shift("2.0.0", 10, { story: { freeze, states } }))).toMatchObject({ check: "frozen" });
  });

  test("what hands left is written as the pin, since writing the routes ends what the head keeps", () => {
    const facts = factsOf({ ...story, ...routed("split: {2.0.0: 50, 3.0.0: 25, pin: 25}\n") });
    const head = facts.head && { ...facts.head, value: { ...facts.head.value, left: ["3.0.0"] } };
    expect(planOf(planShift({ ...facts, head }, { service: "checkout", to: { name: "2.0.0", percentage: 10 }, override: false }, context({}))).services[0]?.after.routes).toBe("split: {2.0.0: 10, pin: 90}\n");
  });
});

describe("failover and failback", () => {
  test.each<[string, boolean, string | undefined, Story, Partial<TrafficFacts>, string | undefined]>([
    ["to a track", true, "track:backup", routed(undefined), {}, "failover: {to: track:backup, active: true}\n"],
    ["to a service", true, "other", routed(undefined), { failoverPassing: 2 }, "failover: {to: other, active: true}\n"],
    ["as the routes say", true, undefined, routed("failover: {to: track:backup, when: {passingBelow: 50%}}\n"), {}, "failover: {to: track:backup, when: {passingBelow: 50%}, active: true}\n"],
    ["and back", false, undefined, routed("failover: {to: track:backup, active: true}\n"), {}, "failover: {to: track:backup}\n"],
  ])("%s", (_, active, to, changed, traffic, text) => {
    expect(planOf(failover(active, to, { story: changed, traffic })).services[0]?.after.routes).toBe(text);
  });

  test.each<[string, boolean, string | undefined, More, object]>([
    ["nowhere to go", true, undefined, { story: routed(undefined) }, { kind: "usage", message: "the routes of checkout name no failover: say where to with --to <service | track:name>" }],
    ["nobody there", true, "track:green", {}, { kind: "refused", check: "no-live-instance" }],
    ["a service that nobody serves", true, "other", { traffic: { failoverPassing: 0 } }, { kind: "refused", check: "no-live-instance" }],
    ["itself", true, "checkout", {}, { kind: "usage" }],
    ["on already", true, undefined, { story: routed("failover: {to: track:backup, active: true}\n") }, { kind: "nothing-to-change" }],
    ["never on", false, undefined, {}, { kind: "nothing-to-change" }],
  ])("%s is refused", (_, active, to, more, refusal) => {
    expect(refusalOf(failover(active, to, more))).toMatchObject(refusal);
  });
});
