import { expect, it } from "vitest";
import { sinceSplit } from "../../../../core/decide/rollout/since-split.ts";
import type { Suspect } from "../../../../core/model/reading.ts";

const SUSPECT: Suspect = { service: "checkout", track: "canary", version: "2.0.0", baseline: "1.0.0", since: "2026-11-30T03:00:00.000Z" };

it.each([
  ["2026-11-30T03:10:00.000Z", { since: "2026-11-30T03:10:00.000Z", movedAt: "2026-11-30T03:00:00.000Z" }],
  ["2026-11-30T02:59:00.000Z", { since: "2026-11-30T03:00:00.000Z" }],
])("of a step that stands since %s signals count by %j", (since, counted) => {
  expect(sinceSplit(SUSPECT, { since })).toEqual({ ...SUSPECT, ...counted });
});
