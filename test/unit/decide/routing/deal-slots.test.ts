import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SLOTS } from "../../../../core/decide/routing/compiled-routes.ts";
import { dealSlots } from "../../../../core/decide/routing/deal-slots.ts";
import { sizeOf } from "../../../../core/decide/routing/slot-spans.ts";
import type { Share } from "../../../../core/model/routes.ts";
import { orderShares, parseShareTarget } from "../../../../core/model/share-target.ts";

/** In percent, by name; what is left goes to the pin. */
type Percentages = Readonly<Record<string, number>>;

function split(percentages: Percentages) {
  const named = Object.entries(percentages).map(([text, weight]): Share => {
    const target = parseShareTarget(text);
    if (!target.ok) throw new Error(target.fault);
    return { target: target.value, weight };
  });
  const rest = 100 - Object.values(percentages).reduce((sum, weight) => sum + weight, 0);
  return orderShares([...named, { target: { kind: "pin", text: "pin" }, weight: rest }]);
}

/** Who has which slot, by name. */
function owners(percentages: Percentages): readonly string[] {
  const shares = split(percentages);
  const all = Array.from({ length: SLOTS }, () => "?");
  dealSlots(shares).forEach((spans, share) => spans.forEach(({ from, to }) => all.fill(shares[share]?.target.text ?? "?", from, to)));
  return all;
}

const NAMES = ["1.9.0", "2.0.0", "2.1.0", "^3", "nightly", "track:blue", "track:green"];
/** Names and whole percentages that add up to 100 at most, and how much one of them grows by. */
const growth = (most: number) =>
  fc
    .tuple(fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: most }), fc.array(fc.integer({ min: 0, max: 100 }), { minLength: most + 1, maxLength: most + 1 }), fc.nat(), fc.integer({ min: 0, max: 100 }))
    .map(([names, cuts, which, share]) => {
      const places = cuts.slice(0, names.length).sort((a, b) => a - b);
      const before = Object.fromEntries(names.map((name, at) => [name, (places[at] ?? 0) - (places[at - 1] ?? 0)]));
      const grower = names[which % names.length] ?? "";
      const left = 100 - Object.values(before).reduce((sum, weight) => sum + weight, 0);
      return { grower, before, after: { ...before, [grower]: (before[grower] ?? 0) + Math.floor((left * share) / 100) } };
    });

describe("slots", () => {
  test("each share has as many as its weight says", () => {
    fc.assert(
      fc.property(growth(7), ({ after }) => {
        const all = owners(after);
        for (const [name, weight] of Object.entries(after)) expect(all.filter((owner) => owner === name).length).toBe(weight * 100);
      }),
      { numRuns: 40 },
    );
  });

  test("a share that grows takes from the pin, and moves nobody else: one or two beside the pin", () => {
    fc.assert(
      fc.property(growth(2), ({ after, before, grower }) => {
        const [first, then] = [owners(before), owners(after)];
        const moved = first.flatMap((owner, slot) => (owner === then[slot] ? [] : [`${owner} to ${then[slot]}`]));
        expect([...new Set(moved)].filter((move) => move !== `pin to ${grower}`)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test("with more, it keeps what it has, and so do those that come before it", () => {
    fc.assert(
      fc.property(growth(7), ({ after, before, grower }) => {
        const [first, then] = [owners(before), owners(after)];
        const names = split(before).map(({ target }) => target.text);
        const keeps = new Set(names.slice(0, names.indexOf(grower) + 1));
        expect(first.filter((owner, slot) => keeps.has(owner) && then[slot] !== owner)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test("with three or four, nobody else moves while no two neighbours have more than half together", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 3, maxLength: 4 }), fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 5, maxLength: 5 }), fc.nat(3), (names, weights, which) => {
        const before = Object.fromEntries(names.map((name, at) => [name, weights[at] ?? 0]));
        const grower = names[which % names.length] ?? "";
        const after = { ...before, [grower]: 25 };
        const [first, then] = [owners(before), owners(after)];
        expect(first.filter((owner, slot) => owner !== then[slot] && (owner !== "pin" || then[slot] !== grower))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ["5, 25, 50 of 100 are the same users, and more", [{ "2.0.0": 5 }, { "2.0.0": 25 }, { "2.0.0": 50 }]],
    ["beside another canary", [{ "2.0.0": 5, "3.0.0": 10 }, { "2.0.0": 25, "3.0.0": 10 }, { "2.0.0": 50, "3.0.0": 10 }]],
  ])("%s", (_, steps) => {
    const sets = steps.map((step) => new Set(owners(step).flatMap((owner, slot) => (owner === "2.0.0" ? [slot] : []))));
    expect(sets.map((set) => set.size)).toEqual([500, 2500, 5000]);
    for (const [at, set] of sets.entries()) expect([...(sets[at - 1] ?? [])].every((slot) => set.has(slot))).toBe(true);
  });

  test("the smallest weight has a slot, and all of them are dealt", () => {
    const shares = orderShares(["1.0.0", "2.0.0", "3.0.0"].map((version, at) => ({ target: { kind: "version", version, text: version }, weight: [1, 1e9, 0][at] ?? 0 })));
    const counts = dealSlots(shares).map(sizeOf);
    expect(shares.map(({ target }, at) => [target.text, counts[at]])).toEqual([["2.0.0", SLOTS - 1], ["3.0.0", 0], ["1.0.0", 1]]);
  });
});
