import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OwnRoutes, catalogView, decideBy } from "../../../../../agent/routers/catalog/catalog-view.ts";
import { MOST_WEIGHT } from "../../../../../core/decide/routing/share-out.ts";
import type { CheckedEndpoint } from "../../../../../core/store/port.ts";
import { routesOf } from "../../../decide/routing/routing-case.ts";

type Member = CheckedEndpoint & { weight: number; keptBack: boolean; passing: boolean };

const PINS = { stable: "1.0.0", canary: "2.0.0", blue: "1.0.0", green: "2.0.0" };

function member(text: string, at: number): Member {
  const [version = "", track = "stable"] = text.split("@");
  return { id: `${text}-${at}`, node: "n", address: "127.0.0.1", port: 1_000 + at, tags: [], meta: { version, track }, weight: 1, keptBack: false, passing: true };
}

function ownRoutes(text: string | undefined, pins: Readonly<Record<string, string>> = PINS): OwnRoutes {
  return { state: { pins, routes: text }, revision: 1, routes: text === undefined ? undefined : routesOf(text), left: [], hold: undefined };
}

/** One agent looks and acts; answers whether it changed anything. It never takes the last one out. */
function step(fleet: readonly Member[], one: Member, own: OwnRoutes, isOverdue: boolean): boolean {
  const wasServing = fleet.some(isServing);
  const decided = decideBy(catalogView("checkout", own, [...fleet]), { id: one.id, version: one.meta["version"] ?? "", track: one.meta["track"] ?? "" }, isOverdue);
  if (decided === undefined || decided.waits !== undefined) return false;
  const { aim } = decided;
  if (one.weight === aim.weight && one.keptBack === aim.isKeptBack) return false;
  Object.assign(one, { weight: aim.weight, keptBack: aim.isKeptBack });
  if (wasServing) expect(fleet.some(isServing)).toBe(true);
  return true;
}

const isServing = ({ keptBack, passing }: Member): boolean => passing && !keptBack;

/** Agents act in the order that is given, then in turns until nothing moves. */
function settle(fleet: readonly Member[], own: OwnRoutes, order: readonly number[], isOverdue = false): void {
  for (const at of order) {
    const one = fleet[at % fleet.length];
    if (one !== undefined) step(fleet, one, own, isOverdue);
  }
  for (let turns = 0; ; turns += 1) {
    const moved = fleet.map((one) => step(fleet, one, own, isOverdue));
    if (!moved.includes(true)) break;
    expect(turns).toBeLessThan(10);
  }
  if (fleet.some(({ passing }) => passing)) expect(fleet.some(isServing)).toBe(true);
}

/** Part of the traffic by version, as a client that goes by weights sends it. */
function served(fleet: readonly Member[]): Readonly<Record<string, number>> {
  const open = fleet.filter(isServing);
  const all = open.reduce((sum, { weight }) => sum + weight, 0);
  const by: Record<string, number> = {};
  for (const { meta, weight } of open) by[meta["version"] ?? ""] = (by[meta["version"] ?? ""] ?? 0) + weight / all;
  return by;
}

const documents = [undefined, "{}", "split: {2.0.0: 5, pin: 95}", "split: {2.0.0: 50, pin: 50}", "split: {2.0.0: 100}", 'split: {"track:blue": 100, "track:green": 0}', 'split: {"track:green": 100}', 'failover: {to: "track:canary", when: {passingBelow: 50%}}', "split: {3.0.0: 10, 2.0.0: 1, pin: 3}"];
const fleets = fc.array(fc.constantFrom("1.0.0", "1.0.0", "2.0.0@canary", "1.0.0@blue", "2.0.0@green", "3.0.0"), { minLength: 1, maxLength: 8 });
const orders = fc.array(fc.nat(7), { maxLength: 30 });

describe("instances that ask for what the routes give them", () => {
  it("end where the routes want them, in whatever order they act, never all out, and leave nothing behind", () => {
    fc.assert(
      fc.property(fleets, fc.array(fc.tuple(fc.constantFrom(...documents), orders, fc.nat(7)), { minLength: 1, maxLength: 5 }), orders, (names, turns, last) => {
        const fleet = names.map(member);
        for (const [text, order, sick] of turns) {
          fleet.forEach((one, at) => (one.passing = at === 0 || at !== sick));
          settle(fleet, ownRoutes(text), order);
        }
        settle(fleet, ownRoutes(undefined), last);
        expect(fleet.map(({ keptBack, weight }) => [keptBack, weight])).toEqual(fleet.map(() => [false, 1]));
      }),
      { numRuns: 100 },
    );
  });

  it("give each version its share, whatever the numbers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 99 }), (old, young, percent) => {
        const fleet = [...Array.from({ length: old }, (_, at) => member("1.0.0", at)), ...Array.from({ length: young }, (_, at) => member("2.0.0@canary", at))];
        settle(fleet, ownRoutes(`split: {2.0.0: ${percent}, pin: ${100 - percent}}`), []);
        // A weight is a whole number: the smallest here is 16, so it is off by a thirtieth at most.
        expect(Math.abs((served(fleet)["2.0.0"] ?? 0) / (percent / 100) - 1)).toBeLessThan(0.035);
        expect(Math.max(...fleet.map(({ weight }) => weight))).toBe(MOST_WEIGHT);
      }),
      { numRuns: 30 },
    );
  });

  it("never let a canary have more than it had or is to have, while others haven't come that far", () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: 2, max: 6 }), (order, old) => {
        const fleet = [...Array.from({ length: old }, (_, at) => member("1.0.0", at)), member("2.0.0@canary", 9)];
        const own = ownRoutes("split: {2.0.0: 5, pin: 95}");
        for (const at of order) {
          const one = fleet[at % fleet.length];
          if (one !== undefined) step(fleet, one, own, false);
          expect(served(fleet)["2.0.0"]).toBeLessThanOrEqual(1 / (old + 1));
        }
      }),
    );
  });

  it("wait for one that doesn't come, but not for ever, and never leave as the last", () => {
    const fleet = [member("1.0.0", 0), member("2.0.0@canary", 1), member("2.0.0@canary", 2)];
    settle(fleet, ownRoutes("{}"), []);
    expect(served(fleet)).toEqual({ "1.0.0": 1 });
    const [old, one, dead] = fleet as [Member, Member, Member];
    const own = ownRoutes("split: {2.0.0: 100}");
    expect(step(fleet, old, own, true)).toBe(false);
    step(fleet, one, own, false);
    expect(step(fleet, old, own, false)).toBe(false);
    expect(step(fleet, old, own, true)).toBe(true);
    expect([isServing(old), isServing(one), isServing(dead)]).toEqual([false, true, false]);
  });

  it("come back where those that were to take over are gone", () => {
    const fleet = [member("1.0.0", 0), member("2.0.0@canary", 1)];
    settle(fleet, ownRoutes("split: {2.0.0: 100}"), []);
    expect(served(fleet)).toEqual({ "2.0.0": 1 });
    settle([fleet[0] as Member], ownRoutes("split: {2.0.0: 100}"), []);
    expect(fleet[0]?.keptBack).toBe(false);
  });

  it("do nothing by a catalog that shows nobody", () => {
    const decided = decideBy(catalogView("checkout", ownRoutes("split: {2.0.0: 100}"), []), { id: "a", version: "1.0.0", track: "stable" }, true);
    expect(decided?.waits).toMatch(/as the last/);
    expect(decideBy(catalogView("checkout", ownRoutes("{}"), undefined), { id: "a", version: "1.0.0", track: "stable" }, true)).toBeUndefined();
  });

});
