import { describe, expect, test } from "vitest";
import { findWayBack } from "../../../../core/decide/group/find-way-back.ts";
import type { GroupSystem, GroupVersion, Moves } from "../../../../core/decide/group/group-system.ts";
import type { Objective } from "../../../../core/decide/group/move-cost.ts";

type Written = Readonly<Record<string, { readonly now: string; readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>; readonly good?: readonly string[]; readonly steps?: Readonly<Record<string, number>> }>>;

function systemOf(written: Written): GroupSystem {
  return {
    services: new Map(
      Object.entries(written).map(([service, { good = [], now, steps = {}, versions }]) => {
        const all = Object.entries(versions).map(([version, requires]): GroupVersion => ({ version, requires: new Map(Object.entries(requires)), isGood: good.includes(version), steps: steps[version] }));
        return [service, { current: all.find(({ version }) => version === now), candidates: all.filter(({ version }) => version !== now) }];
      }),
    ),
  };
}

const said = (moves: Moves): Record<string, string> => Object.fromEntries([...moves].map(([service, { version }]) => [service, version]));

function wayOf(written: Written, named: readonly string[], objective?: Objective): unknown {
  const way = findWayBack(systemOf(written), named, objective);
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

  describe("what counts first", () => {
    const shop = { shop: { now: "3.0.0", good: ["1.0.0"], versions: { "3.0.0": {}, "2.0.0": {}, "1.0.0": {} } } };
    const twoWays = {
      payments: { now: "3.0.0", steps: { "2.0.0": 1 }, versions: { "3.0.0": {}, "2.0.0": {}, "1.0.0": {} } },
      ledger: { now: "5.0.0", versions: { "5.0.0": { payments: ">=2" }, "4.0.0": {} } },
    };

    test.each<[string, Written, Objective, Record<string, string>]>([
      ["best: what was called good before what is new", shop, "best", { shop: "1.0.0" }],
      ["minimal: the nearest version, whoever called it what", shop, "minimal", { shop: "2.0.0" }],
      ["best: no data migrated back, though another service goes along", twoWays, "best", { payments: "1.0.0", ledger: "4.0.0" }],
      ["minimal: no other service goes along, though data are migrated back", twoWays, "minimal", { payments: "2.0.0" }],
    ])("%s", (_, written, objective, expected) => {
      expect(wayOf(written, Object.keys(written).slice(0, 1), objective)).toEqual(expected);
    });

    test("best: the fewest steps, where there is no way without any", () => {
      const written = { shop: { now: "4.0.0", good: ["1.0.0"], steps: { "3.0.0": 2, "2.0.0": 1, "1.0.0": 3 }, versions: { "4.0.0": {}, "3.0.0": {}, "2.0.0": {}, "1.0.0": {} } } };
      expect(wayOf(written, ["shop"])).toEqual({ shop: "2.0.0" });
    });
  });

  test("no way: the shortest chain of needs that says why", () => {
    const written = {
      payments: { now: "3.1.0", versions: { "3.1.0": {}, "2.9.0": {} } },
      ledger: { now: "5.2.0", versions: { "5.2.0": { payments: "^3.1" } } },
    };
    expect(wayOf(written, ["payments"])).toEqual({ kind: "none", stuck: "ledger", chain: [{ service: "ledger", version: "5.2.0", needs: "payments", range: "^3.1", found: "2.9.0" }] });
  });
});
