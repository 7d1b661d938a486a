import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KeptRevision, orderPlans } from "../../../../core/decide/export/order-plans.ts";
import { NOTHING_DESIRED } from "../../../../core/model/desired.ts";

function revisionOf(service: string, revision: number, plan: string, at: string): KeptRevision {
  return { service, createIndex: revision, entry: { revision, plan, at, by: "alice", kind: "config", before: NOTHING_DESIRED, after: NOTHING_DESIRED, overrides: [], services: { [service]: revision } } };
}

const at = (seconds: number): string => new Date(Date.UTC(2026, 2, 1) + seconds * 1000).toISOString();
const SERVICES = ["a", "b", "c", "d"] as const;

/** Plans one after another, each over some services, at times that may stand still. */
const steps = fc.array(fc.record({ services: fc.subarray([...SERVICES], { minLength: 1 }), later: fc.nat({ max: 1 }) }), { maxLength: 40 });

function historiesOf(made: readonly { readonly services: readonly string[]; readonly later: number }[]): readonly (readonly KeptRevision[])[] {
  const histories = new Map<string, KeptRevision[]>(SERVICES.map((service) => [service, []]));
  let now = 0;
  for (const [index, { later, services }] of made.entries()) {
    now += later;
    for (const service of services) {
      const own = histories.get(service);
      // Names in no order, so that it isn't names that order them.
      own?.push(revisionOf(service, own.length + 1, `${(index * 7919) % 1000}-${index}`, at(now)));
    }
  }
  return [...histories.values()];
}

describe("orderPlans", () => {
  it("keeps the order of every service and of time, and leaves nothing out", () => {
    fc.assert(
      fc.property(steps, (made) => {
        const ordered = orderPlans(historiesOf(made));
        expect(ordered.length).toBe(made.length);
        expect(ordered.map((group) => group.at)).toEqual(ordered.map((group) => group.at).sort());
        for (const service of SERVICES) {
          const revisions = ordered.flatMap((group) => group.revisions.filter((one) => one.service === service).map((one) => one.entry.revision));
          expect(revisions).toEqual(revisions.map((_, index) => index + 1));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("goes by time where histories contradict each other, and takes a copied entry for itself", () => {
    const crossed = orderPlans([[revisionOf("a", 1, "x", at(2)), revisionOf("a", 2, "y", at(1))], [revisionOf("b", 1, "y", at(1)), revisionOf("b", 2, "x", at(2))]]);
    expect(crossed.map(({ plan, revisions }) => [plan, revisions.length])).toEqual([["y", 2], ["x", 2]]);
    const copied = orderPlans([[revisionOf("a", 1, "x", at(1)), revisionOf("a", 2, "x", at(1))]]);
    expect(copied.map(({ revisions }) => revisions.map(({ entry }) => entry.revision))).toEqual([[1], [2]]);
  });

  it("orders ten thousand revisions of a hundred services in no time", () => {
    const histories = Array.from({ length: 100 }, (_, service) => Array.from({ length: 100 }, (_, index) => revisionOf(`s${service}`, index + 1, `s${service}.${index}`, at(index * 100 + service))));
    expect(orderPlans(histories).length).toBe(10_000);
  });
});
