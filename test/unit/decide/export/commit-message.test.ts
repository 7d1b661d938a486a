import { describe, expect, it } from "vitest";
import { authorOf, planMessage } from "../../../../core/decide/export/commit-message.ts";
import type { PlanGroup } from "../../../../core/decide/export/order-plans.ts";
import { NOTHING_DESIRED } from "../../../../core/model/desired.ts";
import type { Revision } from "../../../../core/model/records.ts";

describe("authorOf", () => {
  it.each([
    ["ana@laptop", { name: "ana@laptop", email: "ana@laptop" }],
    ["external", { name: "external", email: "" }],
    ["Ana Müller <ana@shop.example>", { name: "Ana Müller", email: "ana@shop.example" }],
    ["a <b> c", { name: "a b c", email: "" }],
    ["x\nauthor y <z> 0 +0000", { name: "x author y z 0 +0000", email: "" }],
    ["  .;'\"  ", { name: "unknown", email: "" }],
    ["<@>", { name: "@", email: "" }],
    ["", { name: "unknown", email: "" }],
    ["a\u0000\u001Bb", { name: "a\uFFFD\uFFFDb", email: "" }],
  ])("of %j", (by, author) => expect(authorOf(by)).toEqual(author));
});

function groupOf(services: readonly string[], more: Partial<Revision> = {}): PlanGroup {
  const entry = (service: string, at: number): Revision => ({ revision: at + 3, at: "2026-03-01T00:00:00.000Z", by: "ana", plan: "a.3-abcdef", kind: "pin", before: NOTHING_DESIRED, after: { pins: { stable: "1.0.0" } }, overrides: [], services: { [service]: at + 3 }, ...more });
  return { plan: "a.3-abcdef", at: "2026-03-01T00:00:00.000Z", revisions: services.map((service, at) => ({ service, createIndex: 1, entry: entry(service, at) })) };
}

describe("planMessage", () => {
  it("says what changed, why, and at its end for programs what it was", () => {
    expect(planMessage(groupOf(["a", "b"], { reason: " because\r\nso ", undoes: "a.2-aaaaaa", overrides: ["frozen"] }), [{ service: "a", from: 1, to: 2 }])).toBe(
      "pin a, b: pin 1.0.0\n\nbecause\nso\n\nRollpin-Plan: a.3-abcdef\nRollpin-Kind: pin\nRollpin-Revision: a 3\nRollpin-Revision: b 4\nRollpin-Undoes: a.2-aaaaaa\nRollpin-Override: frozen\nRollpin-Gap: a 1-2\n",
    );
  });

  it("names few services, and keeps its first line short", () => {
    expect(planMessage(groupOf(["a", "b", "c", "d", "e"]), []).split("\n")[0]).toBe("pin a, b, c and 2 more: pin 1.0.0");
    const long = planMessage(groupOf(["a"], { after: { pins: Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`track-${at}`, "1.0.0"])) } }), []).split("\n")[0];
    expect(long?.length).toBe(121);
  });
});
