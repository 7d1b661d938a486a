import { describe, expect, it } from "vitest";
import type { Revision } from "../../../core/model/records.ts";
import { tornViews } from "../../campaign/checks/torn-views.ts";

const entry = (revision: number, pin: string, plan: string, services: Readonly<Record<string, number>>): Revision => ({
  revision, at: "2026-11-29T00:00:00.000Z", by: "test", plan, kind: "rollback", before: { pins: {} }, after: { pins: { stable: pin } }, overrides: [], services,
});
/** Two plans over both, and between them one over the first alone. */
const histories = {
  a: [entry(1, "1.0.0", "both", { a: 1, b: 1 }), entry(2, "2.0.0", "alone", { a: 2 }), entry(3, "1.0.0", "again", { a: 3, b: 2 })],
  b: [entry(1, "1.0.0", "both", { a: 1, b: 1 }), entry(2, "2.0.0", "again", { a: 3, b: 2 })],
};
const at = (a: readonly [number, string], b: readonly [number, string]) => ({ a: { revision: a[0], pin: a[1] }, b: { revision: b[0], pin: b[1] } });

describe("views of several services", () => {
  it("are whole at every moment between plans", () => {
    expect(tornViews([at([1, "1.0.0"], [1, "1.0.0"]), at([2, "2.0.0"], [1, "1.0.0"]), at([3, "1.0.0"], [2, "2.0.0"])], histories)).toEqual([]);
  });

  it.each<readonly [string, ReturnType<typeof at>, string]>([
    ["a plan seen at one of its services only", at([2, "2.0.0"], [2, "2.0.0"]), "plan again was seen in part: not yet at a, but at the others of a, b"],
    ["a service that isn't there yet", at([1, "1.0.0"], [0, ""]), "plan both was seen in part: not yet at b"],
    ["a pin that isn't its head's", at([3, "2.0.0"], [2, "2.0.0"]), "a was seen with the pin 2.0.0 beside revision 3, whose pin is 1.0.0"],
    ["a head that history doesn't know", at([4, "1.0.0"], [2, "2.0.0"]), "unknown to history"],
  ])("show %s", (_, view, words) => {
    expect(tornViews([view], histories).join("\n")).toContain(words);
  });
});
