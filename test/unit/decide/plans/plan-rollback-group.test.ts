import { describe, expect, test } from "vitest";
import type { Registry } from "../../../../core/decide/group/registry.ts";
import { planRollback } from "../../../../core/decide/plans/plan-rollback.ts";
import { determineTogether, servicesLookedAt } from "../../../../core/decide/rollback/go-together.ts";
import { determineSchema } from "../../../../core/decide/schema/schema-ground.ts";
import { pinOf } from "../../../../core/model/desired.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import type { Release } from "../../../../core/model/records.ts";
import type { RollbackRequest } from "../../../../core/model/requests.ts";
import { NOW, type Story, factsOf, pinned } from "../facts.ts";
import { planOf, refusalOf } from "./outcome.ts";

type Requires = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Versions from the oldest to the present one, each with what it requires. */
function service(name: string, requires: Requires, story: Story = {}): ServiceFacts {
  const versions = Object.keys(requires);
  const facts = factsOf({ service: name, registered: versions, states: versions.map((version) => pinned(version)), ...story });
  return { ...facts, releases: new Map([...facts.releases].map(([version, stored]) => [version, { ...stored, value: { version, requires: requires[version] ?? {} } }])) };
}

function registryOf(all: readonly ServiceFacts[]): Registry {
  return {
    services: new Map(
      all.map(({ accepted, head, releases, service: name, verdicts }) => [
        name,
        {
          pin: pinOf(accepted, "stable"),
          releases: new Map([...releases].map(([version, { createIndex, value }]) => [version, { release: value, registeredAt: createIndex }])),
          verdicts: new Map([...verdicts].map(([version, { value }]) => [version, value.verdict])),
          schema: determineSchema(head?.value, accepted.pins, (version) => releases.get(version)?.value),
        },
      ]),
    ),
  };
}

const request: RollbackRequest = { services: ["payments"], track: "stable", target: { kind: "default" }, only: undefined, condemn: true, override: false, reason: undefined };

/** As a verb does it: the named services' facts first, then those of what goes along. */
function rollback(all: readonly ServiceFacts[], more: Partial<RollbackRequest> = {}) {
  const asked = { ...request, ...more };
  const looked = servicesLookedAt(asked, registryOf(all));
  const together = determineTogether(all.filter((one) => looked.includes(one.service)), asked, registryOf(all));
  return planRollback(all.filter((one) => asked.services.includes(one.service) || together?.why.has(one.service)), asked, { now: NOW, together });
}

const payments = (story?: Story) => service("payments", { "2.9.0": {}, "3.1.0": {} }, story);
const ledger = (needs: Requires, story?: Story) => service("ledger", needs, story);

describe("a rollback of what releases tie together", () => {
  test("takes along who needs the version that is left, and says why; nothing of it is condemned", () => {
    const plan = planOf(rollback([payments(), ledger({ "5.1.0": { payments: ">=2 <4" }, "5.2.0": { payments: "^3.1" } }), service("shop", { "1.0.0": { ledger: "^5" } })]));
    expect(plan.services.map(({ after, service: name, verdicts, why }) => [name, after.pins["stable"], verdicts.map(({ version }) => version), why])).toEqual([
      ["payments", "2.9.0", ["3.1.0"], "named: roll back stable from 3.1.0 to 2.9.0"],
      ["ledger", "5.1.0", [], "goes along, because ledger 5.2.0 needs payments ^3.1, and 2.9.0 isn't that: roll back stable from 5.2.0 to 5.1.0"],
    ]);
    expect(plan.checks.find(({ name }) => name === "requires")).toMatchObject({ result: "passed", detail: "every requirement of releases is met with ledger" });
  });

  test("prefers a version that takes nobody along, and says what was passed over", () => {
    const three = service("payments", { "2.9.0": {}, "3.0.0": {}, "3.1.0": {} });
    const plan = planOf(rollback([three, ledger({ "5.1.0": {}, "5.2.0": { payments: "^3.1 || ^2" } })]));
    expect(plan.services.map(({ after }) => after.pins["stable"])).toEqual(["2.9.0"]);
    expect(plan.notes).toContain("payments: 3.0.0 passed over: it doesn't get on with what releases require, or takes more services along, or was never called good");
  });

  test("takes along what the version needs that is gone to", () => {
    const plan = planOf(rollback([service("payments", { "2.9.0": { ledger: "<5" }, "3.1.0": {} }), ledger({ "4.0.0": {}, "5.2.0": {} })]));
    expect(plan.services.map(({ after }) => after.pins["stable"])).toEqual(["2.9.0", "4.0.0"]);
  });

  test("nobody requires anything: as it was without", () => {
    const plan = planOf(rollback([payments(), ledger({ "5.2.0": {} })]));
    expect(plan.services.map(({ service: name }) => name)).toEqual(["payments"]);
    expect(plan.checks.find(({ name }) => name === "requires")?.detail).toBe("every requirement of releases is met without another service");
  });

  const condemned = ledger({ "5.1.0": {}, "5.2.0": { payments: "^3.1" } }, { verdicts: { "5.1.0": "condemned" } });

  test("no way back: the requirement that stands against it, and what would open a way", () => {
    expect(refusalOf(rollback([payments(), condemned]))).toMatchObject({
      kind: "refused",
      check: "requires",
      message:
        'there is no way back that meets what releases require: ledger 5.2.0 needs payments ^3.1, and 2.9.0 isn\'t that; and ledger has no older version that may be trusted and gets on with that. A way opens if "rollpin release clear ledger 5.1.0" can be answered for: ledger 5.1.0, payments 2.9.0; or go on with --override',
    });
  });

  test("no way back, but one forward", () => {
    const forward = service("ledger", { "5.2.0": { payments: "^3.1" }, "5.3.0": {} }, { states: [pinned("5.2.0")] });
    expect(refusalOf(rollback([payments(), forward])).message).toContain('A way leads forward: ledger 5.3.0, payments 2.9.0, each by "rollpin pin"');
  });

  test("--override goes past it: the named one alone", () => {
    const plan = planOf(rollback([payments(), condemned], { override: true }));
    expect(plan.services.map(({ overrides, service: name }) => [name, overrides])).toEqual([["payments", ["requires"]]]);
  });

  test("a version that was named takes along what it has to", () => {
    const plan = planOf(rollback([service("payments", { "2.8.0": {}, "2.9.0": {}, "3.1.0": {} }), ledger({ "5.1.0": {}, "5.2.0": { payments: ">=2.9" } })], { target: { kind: "version", text: "2.8.0" } }));
    expect(plan.services.map(({ after }) => after.pins["stable"])).toEqual(["2.8.0", "5.1.0"]);
  });

  test.each<[string, Partial<RollbackRequest>]>([
    ["another track", { track: "canary" }],
    ["the config alone", { only: "config" }],
  ])("%s is nobody else's matter", (_, more) => {
    expect(determineTogether([payments()], { ...request, ...more }, registryOf([payments(), condemned]))).toBeUndefined();
  });

  test("who would have to go along without being looked at is a conflict", () => {
    const all = [payments(), ledger({ "5.1.0": {}, "5.2.0": { payments: "^3.1" } })];
    expect(refusalOf(planRollback([payments()], request, { now: NOW, together: determineTogether([payments()], request, registryOf(all)) })).kind).toBe("conflict");
  });
});

describe("--strategy maximal", () => {
  const good = (...versions: readonly string[]): Story => ({ verdicts: Object.fromEntries(versions.map((version) => [version, "good"] as const)) });
  const cluster = (shopStory: Story = good("0.8.0", "0.9.0")): readonly ServiceFacts[] => [
    service("payments", { "2.8.0": {}, "2.9.0": {}, "3.1.0": {} }, good("2.8.0", "2.9.0")),
    service("ledger", { "5.0.0": {}, "5.1.0": {}, "5.2.0": { payments: "^3.1 || ^2" } }, good("5.0.0", "5.1.0")),
    service("shop", { "0.8.0": {}, "0.9.0": {}, "1.0.0": { ledger: "^5" } }, shopStory),
    service("mail", { "1.0.0": {}, "2.0.0": {} }),
  ];

  test("the whole cluster goes back to its last state in which all were good, though one could go alone", () => {
    expect(planOf(rollback(cluster())).services.map(({ service: name }) => name)).toEqual(["payments"]);
    const plan = planOf(rollback(cluster(), { strategy: "maximal" }));
    expect(plan.services.map(({ after, service: name, verdicts }) => [name, after.pins["stable"], verdicts.map(({ version }) => version)])).toEqual([
      ["payments", "2.9.0", ["3.1.0"]],
      ["ledger", "5.1.0", []],
      ["shop", "0.9.0", []],
    ]);
    expect(plan.services[2]?.why).toBe("goes along, because ledger, payments, shop go back to their last state in which all were good together, of 2026-03-01T00:02:00.000Z: roll back stable from 1.0.0 to 0.9.0");
    expect(plan.checks.find(({ name }) => name === "requires")?.detail).toBe("ledger, payments, shop were good together at 2026-03-01T00:02:00.000Z, and every requirement of releases is met");
  });

  test("one that wasn't good then makes it an older one", () => {
    expect(planOf(rollback(cluster(good("0.8.0")), { strategy: "maximal" })).services.map(({ after }) => after.pins["stable"])).toEqual(["2.8.0", "5.0.0", "0.8.0"]);
  });

  test("none: refused, with what else there is; --override takes the named one alone", () => {
    expect(refusalOf(rollback(cluster({}), { strategy: "maximal" }))).toMatchObject({
      check: "requires",
      message: "the kept history holds no state in which ledger, payments, shop were good together, with payments at another version than now: take --strategy best; or go on with --override, for payments alone",
    });
    expect(planOf(rollback(cluster({}), { strategy: "maximal", override: true })).services.map(({ service: name }) => name)).toEqual(["payments"]);
  });
});

describe("--strategy minimal", () => {
  test("the nearest version, where best goes to one that was called good", () => {
    const all = [service("payments", { "2.8.0": {}, "2.9.0": {}, "3.1.0": {} }, { verdicts: { "2.8.0": "good" } })];
    const to = (strategy: "best" | "minimal"): unknown => planOf(rollback(all, { strategy })).services[0]?.after.pins["stable"];
    expect([to("best"), to("minimal")]).toEqual(["2.8.0", "2.9.0"]);
  });
});

describe("data of services that go along", () => {
  const withSchemas = (name: string, releases: Readonly<Record<string, Pick<Release, "requires" | "schema">>>): ServiceFacts => {
    const facts = service(name, Object.fromEntries(Object.keys(releases).map((version) => [version, {}])));
    return { ...facts, releases: new Map([...facts.releases].map(([version, stored]) => [version, { ...stored, value: { version, ...releases[version] } }])) };
  };
  const all = [payments(), withSchemas("ledger", { "5.1.0": { schema: { writes: 3 } }, "5.2.0": { requires: { payments: "^3.1" }, schema: { writes: 4 } } })];

  test("a version that doesn't read them is no way", () => {
    expect(refusalOf(rollback(all)).message).toContain("and ledger has no older version that may be trusted and gets on with that (5.1.0 of ledger doesn't work with schema 4, which its data is at)");
  });

  test("with migrations it is one", () => {
    const plan = planOf(rollback(all, { withSchema: true }));
    expect([plan.services.map(({ after }) => after.pins["stable"]), plan.migrations]).toEqual([["2.9.0", "5.1.0"], [{ service: "ledger", from: 4, to: 3, steps: [4], off: ["5.2.0"] }]]);
  });
});
