import { describe, expect, test } from "vitest";
import { planPin } from "../../../../core/decide/plans/plan-pin.ts";
import { planRollback } from "../../../../core/decide/plans/plan-rollback.ts";
import { unreadableAfter, unreadableOnTheWay, whyOff } from "../../../../core/decide/schema/off.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import type { Plan } from "../../../../core/model/plan.ts";
import type { InstanceRecord, Release } from "../../../../core/model/records.ts";
import { NOW, pinned } from "../facts.ts";
import { planOf } from "../plans/outcome.ts";
import { released } from "./released.ts";

const READS: Readonly<Record<string, Release["schema"]>> = { old: { reads: ">=6 <8", writes: 7 }, new: { reads: ">=8", writes: 8 }, both: { reads: ">=7", writes: 8 }, only: { writes: 8 }, silent: undefined };
const releaseOf = (version: string): Release | undefined => (Object.hasOwn(READS, version) ? { version, schema: READS[version] } : undefined);
const versions = ["silent", "only", "old", "new", "both", "unregistered"];

describe("while data goes from one schema to another", () => {
  test.each([
    { from: 8, to: 7, off: ["new", "old", "only"] },
    { from: 7, to: 8, off: ["new", "old", "only"] },
    { from: 8, to: 9, off: ["old", "only"] },
    { from: 7, to: 6, off: ["both", "new", "only"] },
  ])("from $from to $to, these take no traffic: $off", ({ from, off, to }) => {
    expect(unreadableOnTheWay(versions, { from, to }, releaseOf)).toEqual(off);
  });

  test.each([
    { to: 7, pins: { stable: "old" }, off: ["new", "only"] },
    { to: 8, pins: { stable: "new" }, off: ["old"] },
    // It was asked for, whatever comes of it.
    { to: 8, pins: { stable: "new", canary: "old" }, off: [] },
  ])("and once pins are written at $to, these, where they still run: $off", ({ off, pins, to }) => {
    expect(unreadableAfter({ service: "shop", from: 0, to, steps: [], off: ["new", "old", "only"] }, pins, releaseOf)).toEqual(off);
  });
});

describe("an instance takes no traffic", () => {
  const operation = { id: "shop.3-aaaaaa", kind: "rollback" as const, by: "ana", at: "2026-03-01T12:00:00.000Z", off: ["2.0.0"] };
  test("while an operation keeps it from its version, pinned or not", () => {
    expect(whyOff("shop", { operation, schema: 8 }, "2.0.0", "2.0.0")).toBe("operation shop.3-aaaaaa migrates the data of shop, which 2.0.0 can't read meanwhile");
    expect(whyOff("shop", { operation, schema: 8 }, "1.0.0", "2.0.0")).toBeUndefined();
  });
  test("after it, where it still runs what can't read the data, unless that is pinned for it", () => {
    expect(whyOff("shop", { off: ["2.0.0"], schema: 7 }, "2.0.0", "1.0.0")).toBe("2.0.0 doesn't read what the data of shop is at, schema 7");
    expect(whyOff("shop", { off: ["2.0.0"], schema: 7 }, "2.0.0", "2.0.0")).toBeUndefined();
    expect(whyOff("shop", { off: ["2.0.0"], schema: 7 }, "1.0.0", "1.0.0")).toBeUndefined();
  });
});

describe("a plan that migrates", () => {
  const releases = { "0.9.0": {}, "1.0.0": { schema: { reads: ">=6 <8", writes: 7 } }, "2.0.0": { schema: { reads: ">=8", writes: 8 } } };
  const shop = (...instances: readonly Partial<InstanceRecord>[]): ServiceFacts => released(releases, { states: [pinned("1.0.0"), pinned("2.0.0")], instances });
  const back = (facts: ServiceFacts): Plan => planOf(planRollback([facts], { services: ["checkout"], track: "stable", target: { kind: "version", text: "1.0.0" }, only: undefined, condemn: true, override: false, reason: undefined, withSchema: true }, { now: NOW }));
  const warnings = ({ checks }: Plan): readonly string[] => checks.filter(({ name, result }) => name === "schema" && result === "warned").map(({ detail }) => detail);
  const running = (instance: string, version: string, more: Partial<InstanceRecord> = {}): Partial<InstanceRecord> => ({ instance, version, traffic: { catalog: "checkout" }, ...more });

  test("names what is pinned or runs and can't read it all, and what is off from the pins on", () => {
    const plan = back(shop(running("a", "2.0.0"), running("b", "1.0.0")));
    expect(plan.migrations).toEqual([{ service: "checkout", from: 8, to: 7, steps: [8], off: ["1.0.0", "2.0.0"] }]);
    expect([plan.services[0]?.off, warnings(plan)]).toEqual([["2.0.0"], []]);
  });

  test("up: the old release, where it can't read the new schema", () => {
    const facts = released(releases, { states: [pinned("1.0.0")], schema: 7 });
    const plan = planOf(planPin(facts, { service: "checkout", track: "stable", version: "2.0.0", override: false, withSchema: true }, { now: NOW }));
    expect([plan.migrations?.[0]?.off, plan.services[0]?.off]).toEqual([["1.0.0"], ["1.0.0"]]);
  });

  test("warns of releases of which nobody knows what they read, and of instances that no agent registers", () => {
    const plan = back(shop(running("a", "0.9.0"), running("b", "2.0.0", { traffic: undefined })));
    expect(warnings(plan)).toEqual([
      "0.9.0 of checkout doesn't say which schemas it reads, and stays in traffic while data is migrated",
      "the agents of b don't register them in Consul's catalog, so their traffic isn't rollpin's to take off: do that first, since they can't read the data of checkout meanwhile",
    ]);
    // What runs when it is applied may be another: it is the same plan.
    expect(back(shop()).fingerprint).toBe(plan.fingerprint);
  });
});
