import { describe, expect, test } from "vitest";
import type { Registry } from "../../../../core/decide/group/registry.ts";
import { planRollback } from "../../../../core/decide/plans/plan-rollback.ts";
import { determineTogether } from "../../../../core/decide/rollback/go-together.ts";
import { pinOf } from "../../../../core/model/desired.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
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
      all.map(({ accepted, releases, service: name, verdicts }) => [
        name,
        {
          pin: pinOf(accepted, "stable"),
          releases: new Map([...releases].map(([version, { createIndex, value }]) => [version, { release: value, registeredAt: createIndex }])),
          verdicts: new Map([...verdicts].map(([version, { value }]) => [version, value.verdict])),
        },
      ]),
    ),
  };
}

const request: RollbackRequest = { services: ["payments"], track: "stable", target: { kind: "default" }, only: undefined, condemn: true, override: false, reason: undefined };

/** As a verb does it: the named services' facts first, then those of what goes along. */
function rollback(all: readonly ServiceFacts[], more: Partial<RollbackRequest> = {}) {
  const asked = { ...request, ...more };
  const named = all.filter((one) => asked.services.includes(one.service));
  const together = determineTogether(named, asked, registryOf(all));
  return planRollback([...named, ...all.filter((one) => together?.why.has(one.service))], asked, { now: NOW, together });
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
