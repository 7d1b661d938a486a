import { expect, test } from "vitest";
import { boundEvidence } from "../../../../core/decide/guard/bound-evidence.ts";
import type { Reading } from "../../../../core/model/reading.ts";

const reading = (bytes: number): Reading => ({ says: "bad", summary: "s".repeat(3_000), evidence: [{ kind: "series", text: "x".repeat(bytes) }] });
const kinds = (readings: Readonly<Record<string, Reading>>): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(readings).map(([name, { evidence }]) => [name, evidence[0]?.kind ?? ""]));

test("what fits stays as it is; else the largest goes first, and is said to have been there", () => {
  expect(kinds(boundEvidence({ a: reading(400), b: reading(400) }, 1_000))).toEqual({ a: "series", b: "series" });
  const bounded = boundEvidence({ a: reading(400), b: reading(900), c: reading(500) }, 1_000);
  expect(kinds(bounded)).toEqual({ a: "series", b: "left-out", c: "series" });
  expect(bounded["b"]?.evidence).toEqual([{ kind: "left-out", bytes: 929 }]);
  expect(bounded["a"]?.summary).toHaveLength(2_048);
  expect(boundEvidence({}, 0)).toEqual({});
});
