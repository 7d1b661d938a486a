import { describe, expect, test } from "vitest";
import { determineCrossing, isAllowed } from "../../../../core/decide/schema/crossing.ts";
import { determineSchema, irreversibleSteps } from "../../../../core/decide/schema/schema-ground.ts";
import type { Release } from "../../../../core/model/records.ts";

const release = (schema: Release["schema"]): Release => ({ version: "1.0.0", schema });
const ground = (today: number | undefined, ...irreversible: readonly number[]) => ({ today, irreversible: new Set(irreversible) });

describe("what lies between data and a release", () => {
  test.each<[string, Release["schema"], number | undefined, unknown]>([
    ["it reads what is there", { reads: ">=6 <9", writes: 7 }, 8, { kind: "none" }],
    ["it reads older ones only", { reads: ">=5 <7", writes: 6 }, 8, { kind: "down", from: 8, to: 6, steps: [8, 7], barred: [] }],
    ["it writes a newer one itself", { reads: "9", writes: 9 }, 8, { kind: "none" }],
    ["it reads what it writes, where it says no more", { writes: 7 }, 8, { kind: "down", from: 8, to: 7, steps: [8], barred: [] }],
    ["it reads nothing at or below", { reads: ">=12" }, 8, { kind: "unreadable", from: 8 }],
    ["it says nothing", undefined, 8, { kind: "none" }],
    ["nobody knows what is there", { reads: "1" }, undefined, { kind: "none" }],
    ["what is far below isn't looked for", { reads: "1" }, 5_000, { kind: "unreadable", from: 5_000 }],
    ["a number no migration counts up to", { reads: "20260101" }, 20_260_301_120_000, { kind: "unreadable", from: 20_260_301_120_000 }],
  ])("%s", (_, schema, today, expected) => {
    expect(determineCrossing(ground(today), release(schema))).toEqual(expected);
  });

  test("steps that can't be taken back are barred, those outside of the way aren't looked at", () => {
    const crossing = determineCrossing(ground(9, 9, 6), release({ reads: "7" }));
    expect(crossing).toEqual({ kind: "down", from: 9, to: 7, steps: [9, 8], barred: [9] });
    expect([isAllowed(crossing, true), isAllowed(crossing, false)]).toEqual([false, false]);
    expect(isAllowed(determineCrossing(ground(9, 6), release({ reads: "7" })), true)).toBe(true);
  });
});

describe("the schema that data are at", () => {
  const releases = new Map([["1.0.0", release({ writes: 7 })], ["2.0.0", release({ writes: 8 })], ["0.9.0", release(undefined)]]);
  const releaseOf = (version: string): Release | undefined => releases.get(version);

  test.each<[string, number | undefined, Record<string, string>, number | undefined]>([
    ["what the pinned release writes", undefined, { stable: "1.0.0" }, 7],
    ["the highest of all tracks", undefined, { stable: "1.0.0", canary: "2.0.0" }, 8],
    ["what the head kept, after a rollback that migrated nothing", 8, { stable: "1.0.0" }, 8],
    ["unknown, where nobody says", undefined, { stable: "0.9.0" }, undefined],
    ["unknown, where nothing is pinned", undefined, { stable: "none" }, undefined],
  ])("%s", (_, schema, pins, expected) => {
    expect(determineSchema(schema === undefined ? {} : { schema }, pins, releaseOf)).toBe(expected);
  });

  test("a step can't be taken back as soon as one release says so", () => {
    expect([...irreversibleSteps([release({ reversible: { "8": true } }), release({ reversible: { "8": false, "7": true } })])]).toEqual([8]);
  });
});
