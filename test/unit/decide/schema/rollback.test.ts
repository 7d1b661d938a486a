import { describe, expect, test } from "vitest";
import { planRollback } from "../../../../core/decide/plans/plan-rollback.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import type { RollbackRequest } from "../../../../core/model/requests.ts";
import { NOW, pinned } from "../facts.ts";
import { planOf, refusalOf } from "../plans/outcome.ts";
import { type ReleasedStory, released } from "./released.ts";

const request: RollbackRequest = { services: ["checkout"], track: "stable", target: { kind: "default" }, only: undefined, condemn: true, override: false, reason: undefined };
const rollback = (facts: ServiceFacts, more: Partial<RollbackRequest> = {}) => planRollback([facts], { ...request, ...more }, { now: NOW });

/** Data are at 9: 2.0.0 wrote it. */
const shop = (more: Parameters<typeof released>[0] = {}, story: ReleasedStory = {}): ServiceFacts =>
  released({ "1.0.0": { schema: { reads: ">=6 <8", writes: 7 } }, "1.1.0": { schema: { reads: ">=7 <9", writes: 8 } }, ...more, "2.0.0": { schema: { reads: ">=8 <10", writes: 9 } } }, story);
const to = (version: string): Partial<RollbackRequest> => ({ target: { kind: "version", text: version } });

describe("a rollback with data in the way", () => {
  test("goes to a release that reads what is there, and passes over a newer one that doesn't", () => {
    const plan = planOf(rollback(shop({ "1.2.0": { schema: { reads: ">=8 <10", writes: 8 } }, "1.3.0": { schema: { reads: "8", writes: 8 } } })));
    expect(plan.services[0]?.after.pins["stable"]).toBe("1.2.0");
    expect(plan.migrations).toBeUndefined();
    expect(plan.notes).toContain("checkout: 1.3.0 passed over: checkout 1.3.0 reads schema 8, and the data of checkout is at 9: migration 9 would have to be taken back");
    expect(plan.checks.find(({ name }) => name === "schema")).toEqual({ name: "schema", service: "checkout", result: "passed", detail: "1.2.0 works with schema 9, which its data is at" });
  });

  test("data stay where they are, and the head keeps that", () => {
    const plan = planOf(rollback(shop({ "1.2.0": { schema: { reads: ">=8 <10", writes: 8 } } })));
    expect(plan.services[0]?.schema).toBe(9);
  });

  test("what the head kept counts, though the pinned release writes less", () => {
    const facts = shop({}, { schema: 9, states: ["1.0.0", "1.1.0", "2.0.0", "1.1.0"].map((version) => pinned(version)), verdicts: { "2.0.0": "condemned" } });
    expect(refusalOf(rollback(facts, to("1.0.0")))).toMatchObject({ check: "schema", message: expect.stringContaining("the data of checkout is at 9: migrations 9 and 8 would have to be taken back") as string });
  });

  test("nothing reads what is there: refused by name, with the migration in the way and what can be gone to", () => {
    expect(refusalOf(rollback(shop()))).toMatchObject({
      kind: "refused",
      check: "schema",
      message: "checkout 1.1.0 reads schema >=7 <9, and the data of checkout is at 9: migration 9 would have to be taken back; no other release of checkout that isn't condemned works with schema 9; --override leaves the data as it is",
    });
    const withNewer = refusalOf(rollback(shop({ "2.1.0": { schema: { reads: ">=8", writes: 9 } } }, { states: ["1.0.0", "1.1.0", "2.0.0"].map((version) => pinned(version)) })));
    expect(withNewer).toMatchObject({ check: "schema", message: expect.stringContaining("the nearest release that can be gone to is 2.1.0") as string });
  });

  test("--override leaves the data as they are", () => {
    const plan = planOf(rollback(shop(), { override: true }));
    expect(plan.services[0]).toMatchObject({ overrides: ["schema"], schema: 9, after: { pins: { stable: "1.1.0" } } });
    expect(plan.migrations).toBeUndefined();
  });

  test("with migrations: the fewest back, newest first, and the head says where data are then", () => {
    const plan = planOf(rollback(shop(), { withSchema: true }));
    expect(plan.migrations).toEqual([{ service: "checkout", from: 9, to: 8, steps: [9] }]);
    expect(plan.services[0]).toMatchObject({ schema: 8, after: { pins: { stable: "1.1.0" } } });
    const further = planOf(rollback(shop(), { withSchema: true, ...to("1.0.0") }));
    expect(further.migrations).toEqual([{ service: "checkout", from: 9, to: 7, steps: [9, 8], off: ["2.0.0"] }]);
    expect(further.fingerprint).not.toBe(plan.fingerprint);
  });

  test("nothing is migrated where that isn't needed", () => {
    const plan = planOf(rollback(shop({ "1.2.0": { schema: { reads: ">=8 <10", writes: 8 } } }), { withSchema: true }));
    expect([plan.services[0]?.after.pins["stable"], plan.migrations]).toEqual(["1.2.0", undefined]);
  });

  const barred = (): ServiceFacts => shop({ "1.2.0": { schema: { reads: ">=8 <10", writes: 8, reversible: { "8": true, "9": false } } } });

  test("a step that can't be taken back is refused by its name, with the safe target, and --override doesn't go past it", () => {
    for (const override of [false, true]) {
      expect(refusalOf(rollback(barred(), { withSchema: true, override, ...to("1.0.0") }))).toMatchObject({
        check: "schema",
        message: "checkout 1.0.0 reads schema >=6 <8, and the data of checkout is at 9: migrations 9 and 8 would have to be taken back; migration 9 of checkout can't be taken back; the nearest release that can be gone to is 1.2.0",
      });
    }
  });

  test("another track that needs the newer schema stands against it", () => {
    const states = [pinned("1.0.0"), pinned("1.1.0"), pinned("2.0.0"), { pins: { stable: "2.0.0", canary: "2.1.0" } }];
    const facts = shop({ "2.1.0": { schema: { reads: "9", writes: 9 } } }, { states });
    expect(refusalOf(rollback(facts, { withSchema: true }))).toMatchObject({ check: "schema", message: expect.stringContaining("and 2.1.0, which another track is pinned to, doesn't get on with schema 8") as string });
  });

  test("up, where a release writes more than is there", () => {
    const states = ["2.0.0", "1.1.0"].map((version) => pinned(version));
    const plan = planOf(rollback(shop({}, { schema: 7, states: [pinned("2.0.0"), pinned("1.0.0")] }), { withSchema: true, ...to("2.0.0") }));
    expect(plan.migrations).toEqual([{ service: "checkout", from: 7, to: 9, steps: [8, 9], off: ["1.0.0"] }]);
    const without = planOf(rollback(shop({}, { schema: 8, states }), to("2.0.0")));
    expect([without.migrations, without.services[0]?.schema]).toEqual([undefined, 9]);
  });
});
