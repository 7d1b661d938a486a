import { expect, test } from "vitest";
import { describeMovedSince } from "../../../../core/decide/operation/moved-since.ts";
import type { ServicePlan } from "../../../../core/model/plan.ts";

const ASKED = "2026-03-01T12:00:00.000Z";
const plan = (at: string) => {
  const head = { value: { revision: 7, digest: "d", at, by: "ben@desk" }, modifyIndex: 1 };
  return { fingerprint: "now", services: [{ service: "checkout", why: "", head, before: { pins: {} }, after: { pins: {} }, recorded: true, writes: [], verdicts: [], overrides: [] } satisfies ServicePlan] };
};

test.each([
  ["the plan that was shown", "2026-03-01T13:00:00.000Z", "now", undefined],
  ["one that nobody could be shown, where nothing moved since", "2026-03-01T11:00:00.000Z", undefined, undefined],
  ["one that nobody could be shown, where somebody was there since", "2026-03-01T13:00:00.000Z", undefined, "ben@desk changed checkout at 2026-03-01T13:00:00.000Z (revision 7), after this was asked for"],
  ["another than was shown, by a plan since", "2026-03-01T13:00:00.000Z", "then", "ben@desk changed checkout at 2026-03-01T13:00:00.000Z (revision 7), after this was asked for"],
  ["another than was shown, by a hand", "2026-03-01T11:00:00.000Z", "then", "what would be done now isn't the plan that was shown"],
])("%s", (_, at, shown, said) => {
  expect(describeMovedSince(plan(at), shown, ASKED)).toBe(said);
});
