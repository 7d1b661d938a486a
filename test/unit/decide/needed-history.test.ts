import * as fc from "fast-check";
import { expect, test } from "vitest";
import { determineNeeded } from "../../../core/decide/needed-history.ts";
import { pinOf } from "../../../core/model/desired.ts";
import type { Revision } from "../../../core/model/records.ts";

const version = fc.constantFrom("1", "2", "3", "4", "none");
const pins = fc.record({ stable: version, canary: version, constructor: version }, { requiredKeys: [] });
const history = fc.array(pins, { maxLength: 40 }).map((states) => states.map((after, at): Revision => revision(states.length - at, { ...after })));

function revision(number: number, after: Readonly<Record<string, string>>): Revision {
  return { revision: number, at: "2026-01-01T00:00:00.000Z", by: "a", plan: `p.${number}`, kind: "pin", before: { pins: {} }, after: { pins: { ...after } }, overrides: [], services: {} };
}

/** Where a rollback of the track goes. */
function target(entries: readonly Revision[], track: string, good: ReadonlySet<string>): Revision | undefined {
  const now = entries[0] === undefined ? undefined : pinOf(entries[0].after, track);
  return entries.find(({ after }) => {
    const pinned = pinOf(after, track);
    return pinned !== undefined && pinned !== now && good.has(pinned);
  });
}

test("pruning keeps the newest, changes no track's way back, and leaves little else", () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 20 }), fc.uniqueArray(fc.constantFrom("1", "2", "3", "4")), (entries, keep, named) => {
      const good = new Set(named);
      const needed = determineNeeded(entries, keep, good);
      const kept = entries.filter((one) => needed.has(one.revision));
      expect(kept.slice(0, keep)).toEqual(entries.slice(0, keep));
      for (const track of ["stable", "canary", "constructor"]) expect(target(kept, track, good)?.revision).toBe(target(entries, track, good)?.revision);
      expect(kept.length).toBeLessThanOrEqual(keep + 3);
    }),
  );
});
