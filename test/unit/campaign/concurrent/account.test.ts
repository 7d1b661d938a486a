import { describe, expect, it } from "vitest";
import type { Revision } from "../../../../core/model/records.ts";
import { type Told, outcomeOf, unaccounted } from "../../../campaign/concurrent/account.ts";
import { type OperationKind, drawOperation, reasonOf } from "../../../campaign/concurrent/draw-operation.ts";
import { seededRandom } from "../../../support/random.ts";

const told = (number: number, kind: OperationKind, code: number | null, changed?: Told["changed"]): Told => ({
  operation: { number, kind, services: ["a"], version: "2.0.0" }, by: "ann", code, stderr: "", startedMs: number, endedMs: number + 1, ...(changed === undefined ? {} : { changed }),
});
const entry = (revision: number, number: number, more: Partial<Revision> = {}): Revision => ({
  revision, at: "2026-11-29T00:00:00.000Z", by: "ann", reason: reasonOf(number), plan: `a.${revision}-x`, kind: "pin", before: { pins: {} }, after: { pins: { stable: "2.0.0" } }, overrides: [], services: { a: revision }, ...more,
});
const pinned = told(1, "pin", 0, { plan: "a.1-x", services: [{ service: "a", revision: 1 }] });
const external = (revision: number) => entry(revision, 0, { by: "external", kind: "external" });

describe("the account of what many operators did", () => {
  it("is whole where each entry is an operation's, of one whose end nobody heard too, and where a flip passed unseen", () => {
    expect(unaccounted([pinned, told(2, "pin", null), told(3, "pin", 6), told(4, "hand-flip", 0), told(5, "hand-flip", 0)], { a: [entry(1, 1), entry(2, 2), external(3)] })).toEqual([]);
  });

  it.each<readonly [string, readonly Told[], readonly Revision[], string]>([
    ["an entry that nobody made", [pinned], [entry(1, 1), entry(2, 9)], "(a.2-x, operation 9) is of no operation"],
    ["an operation that was done twice", [pinned, told(2, "pin", 6)], [entry(1, 1), entry(2, 2), entry(3, 2)], "operation 2 was done 2 times: a.2-x, a.3-x"],
    ["one that was told to be a conflict, and wasn't", [told(2, "pin", 4)], [entry(1, 2)], "stands in history, but ended as conflict"],
    ["one that was told to be refused, and wasn't", [told(2, "pin", 3)], [entry(1, 2)], "stands in history, but ended as refused"],
    ["one that is another's", [pinned], [entry(1, 1, { by: "bob" })], "is signed by bob, and was ann's"],
    ["a group's plan that is missing somewhere", [pinned], [entry(1, 1, { services: { a: 1, b: 7 } })], "is missing at b"],
    ["a flip that is told twice", [told(1, "hand-flip", 0)], [external(1), external(2)], "revision 2 is called a hand's flip to 2.0.0"],
  ])("shows %s", (_, all, history, words) => {
    expect(unaccounted(all, { a: history }).join("\n")).toContain(words);
  });

  it("takes what nobody confirmed for unknown, and a command that changed nothing for that", () => {
    expect([0, 3, 4, 6, null].map((code) => outcomeOf(told(1, "pin", code)))).toEqual(["nothing to change", "refused", "conflict", "unknown", "unknown"]);
    expect(outcomeOf(told(1, "hand-flip", 0))).toBe("acknowledged");
  });

  it("is of operations that a seed draws", () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 500 }, (_, at) => drawOperation(random, at, { services: ["a", "b", "c"], versions: ["1.0.0", "2.0.0"] }));
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    expect(new Set(draw(3).map(({ kind }) => kind)).size).toBe(12);
    for (const { kind, services } of draw(3)) expect(new Set(services).size, kind).toBe(services.length);
  });
});
