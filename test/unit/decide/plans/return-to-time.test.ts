import { describe, expect, test } from "vitest";
import { determineTogether } from "../../../../core/decide/rollback/go-together.ts";
import { planRollback } from "../../../../core/decide/plans/plan-rollback.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import type { RollbackRequest } from "../../../../core/model/requests.ts";
import { NOW, type Story, factsOf, pinned, timeOf } from "../facts.ts";
import { planOf, refusalOf } from "./outcome.ts";

const VERSIONS = ["1.0.0", "2.0.0", "3.0.0"];
const serviceOf = (service: string, states: readonly DesiredState[], more: Story = {}): ServiceFacts => factsOf({ service, registered: VERSIONS, states, ...more });
const at = (revision: number): number => Date.parse(timeOf(revision));

function back(facts: readonly ServiceFacts[], moment: number, more: { readonly prune?: boolean } & Partial<Omit<RollbackRequest, "target">> = {}) {
  const { prune, ...rest } = more;
  const request: RollbackRequest = { services: facts.map(({ service }) => service), track: "stable", target: { kind: "at", at: moment, whole: true, ...(prune === true ? { prune } : {}) }, condemn: true, override: false, ...rest };
  return planRollback(facts, request, { now: NOW });
}

const afterOf = (planned: ReturnType<typeof back>) => Object.fromEntries(planOf(planned).services.map(({ after, service }) => [service, after]));

/** Pinned, given a canary, config and routes, then moved on with all of it. */
const checkout = serviceOf("checkout", [
  pinned("1.0.0"),
  { pins: { stable: "1.0.0", canary: "2.0.0" }, config: "a: 1", routes: "split: {pin: 1}" },
  { pins: { stable: "2.0.0", canary: "3.0.0", green: "3.0.0" }, config: "a: 2", pace: "2" },
]);

describe("a moment", () => {
  test("every track, config and routes as they were then; the pace stays", () =>
    expect(afterOf(back([checkout], at(2)))).toEqual({ checkout: { pins: { stable: "1.0.0", canary: "2.0.0", green: "3.0.0" }, config: "a: 1", routes: "split: {pin: 1}", pace: "2" } }));

  test("condemns nothing, says which revision it comes to, and names the track that wasn't there", () => {
    const plan = planOf(back([checkout], at(2) + 1));
    expect(plan.services[0]).toMatchObject({ asOf: 2, verdicts: [], why: `as it was at ${new Date(at(2) + 1).toISOString()}, revision 2` });
    expect(plan.checks.find(({ name }) => name === "target")?.detail).toBe(`at ${new Date(at(2) + 1).toISOString()} checkout was at revision 2, of ${timeOf(2)}`);
    expect(plan.notes).toEqual(["checkout: track green was not pinned then and is left as it is; --prune unpins it"]);
  });

  test("with --prune that track is unpinned", () => expect(afterOf(back([checkout], at(2), { prune: true }))["checkout"]?.pins).toEqual({ stable: "1.0.0", canary: "2.0.0", green: "none" }));

  test.each([
    ["pin", { pins: { stable: "1.0.0", canary: "2.0.0", green: "3.0.0" }, config: "a: 2", pace: "2" }],
    ["config", { pins: { stable: "2.0.0", canary: "3.0.0", green: "3.0.0" }, config: "a: 1", pace: "2" }],
  ] as const)("only its %s", (only, state) => expect(afterOf(back([checkout], at(2), { only }))).toEqual({ checkout: state }));
});

describe("a service that did not exist then", () => {
  const young = serviceOf("young", [{ pins: { stable: "1.0.0" }, config: "b: 1", routes: "split: {pin: 1}", pace: "1" }]);

  test("is listed and left alone", () => {
    const plan = planOf(back([checkout, { ...young, history: young.history.map((one) => ({ ...one, at: timeOf(9) })) }], at(2)));
    expect(plan.services.map(({ service }) => service)).toEqual(["checkout"]);
    expect(plan.notes[1]).toBe(`young did not exist at ${timeOf(2)}: its first revision is of ${timeOf(9)}. It is left as it is; --prune unpins it, and removes its config and routes`);
  });

  test("goes with --prune: unpinned, without config and routes", () => expect(afterOf(back([young], at(1) - 1, { prune: true }))).toEqual({ young: { pins: { stable: "none" }, pace: "1" } }));

  test("is not taken for one whose history was pruned", () => expect(refusalOf(back([{ ...checkout, history: checkout.history.slice(0, 2) }], at(1)))).toMatchObject({ kind: "refused", check: "kept-history" }));

  test("has nothing to take back where it has no revision", () => expect(planOf(back([checkout, serviceOf("new", [])], at(1))).notes.at(-1)).toBe("new has no revision yet, so there is nothing to take back"));

  test("is a wrong time where none of them did", () => expect(refusalOf(back([young, checkout], at(1) - 1))).toMatchObject({ kind: "refused", check: "kept-history", message: expect.stringContaining("nothing is known of young or the other 1 at ") as unknown }));
});

describe("what stands against it", () => {
  test("a version that was condemned since", () => {
    const bad = serviceOf("checkout", [pinned("1.0.0"), pinned("2.0.0")], { verdicts: { "1.0.0": "condemned" } });
    expect(refusalOf(back([bad], at(1)))).toMatchObject({ check: "condemned" });
    expect(planOf(back([bad], at(1), { override: true })).services[0]).toMatchObject({ overrides: ["condemned"], verdicts: [{ version: "1.0.0", after: undefined }] });
  });

  test("what releases require, also of services that stay", () => {
    const payments = serviceOf("payments", [pinned("1.0.0"), pinned("2.0.0")]);
    const ledger = serviceOf("ledger", [pinned("1.0.0")]);
    const registry = {
      services: new Map([
        ["payments", { pin: "2.0.0", releases: new Map(VERSIONS.map((version) => [version, { release: { version }, registeredAt: 1 }])), verdicts: new Map() }],
        ["ledger", { pin: "1.0.0", releases: new Map([["1.0.0", { release: { version: "1.0.0", requires: { payments: "^2" } }, registeredAt: 1 }], ["0.9.0", { release: { version: "0.9.0" }, registeredAt: 0 }]]), verdicts: new Map() }],
      ]),
    };
    const request: RollbackRequest = { services: ["payments", "ledger"], track: "stable", target: { kind: "at", at: at(1), whole: true }, condemn: true, override: false };
    const together = determineTogether([payments, ledger], request, registry);
    expect(together?.check).toMatchObject({ name: "requires", result: "refused", detail: expect.stringContaining("ledger 1.0.0 needs payments ^2, and 1.0.0 isn't that") as unknown });
    expect(determineTogether([payments], { ...request, services: ["payments"] }, registry)?.moves.get("ledger")?.version).toBe("0.9.0");
  });

  test("nothing, where all is there already, which is told of few", () => {
    const fleet = Array.from({ length: 12 }, (_, number) => serviceOf(`s${number}`, [pinned("1.0.0")]));
    expect(refusalOf(back(fleet, at(1)))).toMatchObject({ kind: "nothing-to-change", message: expect.stringMatching(/^s0 is there already: at .*; and 2 more$/) as unknown });
  });
});
