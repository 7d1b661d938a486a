import { describe, expect, test } from "vitest";
import type { Registry } from "../../../../core/decide/group/registry.ts";
import { planPin } from "../../../../core/decide/plans/plan-pin.ts";
import { planUndo } from "../../../../core/decide/plans/plan-undo.ts";
import type { PinRequest } from "../../../../core/model/requests.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import { NOW, pinned } from "../facts.ts";
import { released } from "../schema/released.ts";
import { planOf, refusalOf } from "./outcome.ts";

const payments = released({ "2.9.0": {}, "3.1.0": {}, "4.0.0": { requires: { ledger: ">=6" } } }, { service: "payments", states: [pinned("2.9.0"), pinned("3.1.0")] });
const ledger = released({ "5.1.0": {}, "5.2.0": { requires: { payments: ">=3 <5" } } }, { service: "ledger" });

function registryOf(...all: readonly ServiceFacts[]): Registry {
  return {
    services: new Map(
      all.map(({ accepted, releases, service }) => [service, { pin: accepted.pins["stable"], releases: new Map([...releases].map(([version, { createIndex, value }]) => [version, { release: value, registeredAt: createIndex }])), verdicts: new Map() }]),
    ),
  };
}

const context = { now: NOW, registry: registryOf(payments, ledger) };
const pin = (version: string, more: Partial<PinRequest> = {}) => planPin(payments, { service: "payments", track: "stable", version, override: false, ...more }, context);

describe("a pin and what releases require", () => {
  test("what another service needs of it is refused by name, and --override goes past it", () => {
    expect(refusalOf(pin("2.9.0"))).toMatchObject({
      check: "requires",
      message: 'ledger 5.2.0 needs payments >=3 <5, and 2.9.0 isn\'t that: pin ledger to what gets on with it first; "rollpin release check payments <version>" says what would; or go on with --override',
    });
    expect(planOf(pin("2.9.0", { override: true })).services[0]?.overrides).toEqual(["requires"]);
  });

  test("what it needs of another is refused as well", () => {
    expect(refusalOf(pin("4.0.0"))).toMatchObject({ check: "requires", message: expect.stringContaining("payments 4.0.0 needs ledger >=6, and 5.2.0 isn't that") as string });
  });

  test("another track is nobody's matter, and nor is what nobody looked at", () => {
    expect(planOf(pin("2.9.0", { track: "canary" })).checks.some(({ name }) => name === "requires")).toBe(false);
    expect(planOf(planPin(payments, { service: "payments", track: "stable", version: "2.9.0", override: false }, { now: NOW })).checks.some(({ name }) => name === "requires")).toBe(false);
  });

  test("taking a pin back is only warned of", () => {
    const plan = planOf(planUndo([payments], { plan: "payments.2", override: false }, context));
    expect(plan.services[0]?.after.pins["stable"]).toBe("2.9.0");
    expect(plan.checks.find(({ name }) => name === "requires")).toEqual({ name: "requires", service: "payments", result: "warned", detail: "ledger 5.2.0 needs payments >=3 <5, and 2.9.0 isn't that" });
  });
});

describe("a pin, undo, and data", () => {
  const shop = released({ "1.0.0": { schema: { writes: 7 } }, "2.0.0": { schema: { writes: 8 } } });

  test("a release that doesn't read them is refused, by undo too; with migrations it isn't", () => {
    const back = { service: "checkout", track: "stable", version: "1.0.0", override: false };
    expect(refusalOf(planPin(shop, back, { now: NOW }))).toMatchObject({ check: "schema" });
    expect(planOf(planPin(shop, { ...back, withSchema: true }, { now: NOW }))).toMatchObject({ migrations: [{ from: 8, to: 7, steps: [8], off: ["2.0.0"] }], services: [{ schema: 7 }] });
    expect(refusalOf(planUndo([shop], { plan: "checkout.2", override: false }, { now: NOW }))).toMatchObject({ check: "schema" });
    expect(planOf(planUndo([shop], { plan: "checkout.2", override: false, withSchema: true }, { now: NOW })).migrations).toEqual([{ service: "checkout", from: 8, to: 7, steps: [8], off: ["2.0.0"] }]);
  });

  test("a newer one is what the data will be at, with migrations or by itself", () => {
    const old = released({ "1.0.0": { schema: { writes: 7 } }, "2.0.0": { schema: { writes: 9 } } }, { states: [pinned("1.0.0")] });
    const forward = { service: "checkout", track: "stable", version: "2.0.0", override: false };
    const alone = planOf(planPin(old, forward, { now: NOW }));
    expect([alone.migrations, alone.services[0]?.schema]).toEqual([undefined, 9]);
    expect(planOf(planPin(old, { ...forward, withSchema: true }, { now: NOW })).migrations).toEqual([{ service: "checkout", from: 7, to: 9, steps: [8, 9], off: ["1.0.0"] }]);
  });
});
