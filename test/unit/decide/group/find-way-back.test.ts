import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { satisfies } from "semver";
import { findWayBack } from "../../../../core/decide/group/find-way-back.ts";
import type { GroupSystem, GroupVersion, Moves } from "../../../../core/decide/group/group-system.ts";
import { type MoveCost, compareCost } from "../../../../core/decide/group/move-cost.ts";

/** `npm run prove -- planner` asks for 20,000. */
const SYSTEMS = Number(process.env["ROLLPIN_PLANNER_SYSTEMS"] ?? 500);

type Written = Readonly<Record<string, { readonly now: string; readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>; readonly good?: readonly string[] }>>;

function systemOf(written: Written): GroupSystem {
  return {
    services: new Map(
      Object.entries(written).map(([service, { good = [], now, versions }]) => {
        const all = Object.entries(versions).map(([version, requires]): GroupVersion => ({ version, requires: new Map(Object.entries(requires)), isGood: good.includes(version) }));
        return [service, { current: all.find(({ version }) => version === now), candidates: all.filter(({ version }) => version !== now) }];
      }),
    ),
  };
}

const said = (moves: Moves): Record<string, string> => Object.fromEntries([...moves].map(([service, { version }]) => [service, version]));

function wayOf(written: Written, named: readonly string[]): unknown {
  const way = findWayBack(systemOf(written), named);
  return way.kind === "found" ? said(way.moves) : way;
}

describe("the way back", () => {
  test("one service alone goes to its first candidate", () => {
    expect(wayOf({ shop: { now: "3.0.0", versions: { "3.0.0": {}, "2.0.0": {}, "1.0.0": {} } } }, ["shop"])).toEqual({ shop: "2.0.0" });
  });

  test("a good one comes before a newer one that nobody called good", () => {
    expect(wayOf({ shop: { now: "3.0.0", good: ["1.0.0"], versions: { "3.0.0": {}, "2.0.0": {}, "1.0.0": {} } } }, ["shop"])).toEqual({ shop: "1.0.0" });
  });

  test("who needs the version that is left goes along, and nobody else", () => {
    const written = {
      payments: { now: "3.1.0", versions: { "3.1.0": {}, "2.9.0": {} } },
      ledger: { now: "5.2.0", versions: { "5.2.0": { payments: "^3.1" }, "5.1.0": { payments: ">=2 <4" } } },
      shop: { now: "1.0.0", versions: { "1.0.0": { ledger: "^5" }, "0.9.0": {} } },
    };
    expect(wayOf(written, ["payments"])).toEqual({ payments: "2.9.0", ledger: "5.1.0" });
  });

  test("a version that takes nobody along is better than a newer one that does", () => {
    const written = {
      payments: { now: "3.1.0", versions: { "3.1.0": {}, "3.0.0": {}, "2.9.0": {} } },
      ledger: { now: "5.2.0", versions: { "5.2.0": { payments: "3.1.0 || ^2" }, "5.1.0": {} } },
    };
    expect(wayOf(written, ["payments"])).toEqual({ payments: "2.9.0" });
  });

  test("what was broken before between services that stay stays so", () => {
    const written = {
      payments: { now: "3.1.0", versions: { "3.1.0": {}, "2.9.0": {} } },
      ledger: { now: "5.2.0", versions: { "5.2.0": { payments: "^9" } } },
    };
    expect(wayOf(written, ["payments"])).toEqual({ payments: "2.9.0" });
  });

  test("no way: the shortest chain of needs that says why", () => {
    const written = {
      payments: { now: "3.1.0", versions: { "3.1.0": {}, "2.9.0": {} } },
      ledger: { now: "5.2.0", versions: { "5.2.0": { payments: "^3.1" } } },
    };
    expect(wayOf(written, ["payments"])).toEqual({ kind: "none", stuck: "ledger", chain: [{ service: "ledger", version: "5.2.0", needs: "payments", range: "^3.1", found: "2.9.0" }] });
  });
});

const ranges = fc.constantFrom("^1", "^2", ">=1 <3", "1.0.0", "<2", "*", "^3");
const names = ["a", "b", "c", "d", "e", "f"] as const;
const numbers = ["1.0.0", "1.1.0", "2.0.0", "2.1.0", "3.0.0"] as const;
const randomSystem = fc.integer({ min: 1, max: 6 }).chain((count) => {
  const services = names.slice(0, count);
  const serviceOf = (own: string) => {
    const others = services.filter((name) => name !== own);
    const requires = others.length === 0 ? fc.constant({}) : fc.dictionary(fc.constantFrom(...others), ranges, { maxKeys: 2 });
    return fc.integer({ min: 1, max: 5 }).chain((versions) =>
      fc.record({
        versions: fc.tuple(...numbers.slice(0, versions).map(() => requires)).map((all) => Object.fromEntries(all.map((one, at) => [numbers[at] ?? "", one]))),
        now: fc.constantFrom(...numbers.slice(0, versions)),
        good: fc.subarray([...numbers]),
      }),
    );
  };
  return fc.record({ system: fc.record(Object.fromEntries(services.map((name) => [name, serviceOf(name)]))), named: fc.subarray(services, { minLength: 1, maxLength: Math.min(2, count) }) });
});

function costOf({ services }: GroupSystem, moves: Moves): MoveCost {
  const names = [...moves.keys()].sort();
  const byName = names.map((service) => services.get(service)?.candidates.findIndex(({ version }) => version === moves.get(service)?.version) ?? 0);
  return { services: moves.size, unproven: [...moves.values()].filter(({ isGood }) => !isGood).length, places: byName.reduce((sum, place) => sum + place, 0), byName, names };
}

/** Every way there is, judged by the words of the promise alone. */
function bestByBruteForce(system: GroupSystem, named: readonly string[]): Moves | undefined {
  const services = [...system.services];
  let best: Moves | undefined;
  const isMet = (own: GroupVersion, stays: boolean, chosen: ReadonlyMap<string, GroupVersion>): boolean =>
    [...own.requires].every(([other, range]) => {
      const present = system.services.get(other)?.current;
      const found = chosen.get(other) ?? present;
      if (found === undefined || satisfies(found.version, range)) return true;
      return stays && present !== undefined && !satisfies(present.version, range);
    });
  const visit = (at: number, chosen: Map<string, GroupVersion>): void => {
    const entry = services[at];
    if (entry === undefined) {
      const all = services.every(([service, { current }]) => {
        const own = chosen.get(service) ?? current;
        return own === undefined || isMet(own, !chosen.has(service), chosen);
      });
      if (all && (best === undefined || compareCost(costOf(system, chosen), costOf(system, best)) < 0)) best = new Map(chosen);
      return;
    }
    const [service, { candidates }] = entry;
    if (!named.includes(service)) visit(at + 1, chosen);
    for (const candidate of candidates) {
      chosen.set(service, candidate);
      visit(at + 1, chosen);
      chosen.delete(service);
    }
  };
  visit(0, new Map());
  return best;
}

test(`${SYSTEMS} random systems of up to 6 services and 5 versions: the same way as brute force finds`, { timeout: 30_000 + SYSTEMS * 100 }, () => {
  let found = 0;
  fc.assert(
    fc.property(randomSystem, ({ named, system: written }) => {
      const system = systemOf(written);
      const way = findWayBack(system, named);
      const best = bestByBruteForce(system, named);
      if (best !== undefined) found += 1;
      expect(way.kind === "found" ? said(way.moves) : way.kind).toEqual(best === undefined ? "none" : said(best));
    }),
    { numRuns: SYSTEMS },
  );
  expect(found).toBeGreaterThan(SYSTEMS / 10);
  console.log(`= the planner: the same way as brute force in ${SYSTEMS} random systems, ${found} of which have one`);
});
