import { describe, expect, it } from "vitest";
import { describeTakenBack, describeWayBack } from "../../../../core/decide/operation/describe-operation.ts";
import { isFrozenBy } from "../../../../core/decide/operation/frozen-by.ts";
import type { OperationRecord } from "../../../../core/model/operation.ts";
import type { Freeze, Head } from "../../../../core/model/records.ts";

const AT = "2026-03-01T12:00:00.000Z";
const read: Head = { revision: 3, digest: "d", at: AT, by: "ana", plan: "checkout.3-aaaaaa", move: { stable: { revision: 3 } } };
const frozen: Freeze = { scope: "all", by: "ben", at: "2026-03-01T13:00:00.000Z", reason: "sale day" };
const after: Head = { ...read, at: frozen.at, by: "ben", freeze: frozen, operation: { id: "checkout.3-bbbbbb", kind: "freeze", by: "ben", at: frozen.at } };
const freeze = { scope: "all", reason: "sale day" } as const;
const { freeze: _, ...thawed } = after;

describe("isFrozenBy", () => {
  it.each([
    ["a freeze, whoever made it and when", read, freeze, after, true],
    ["one in the place of another", { ...read, freeze: { ...frozen, scope: "forward" } }, freeze, after, true],
    ["the end of one", { ...read, freeze: frozen }, null, thawed, true],
    ["a freeze that a hand made weaker", read, freeze, { ...after, freeze: { ...frozen, scope: "forward" } }, false],
    ["a freeze that a hand took away", read, freeze, thawed, false],
    ["one that a hand gave an end", read, freeze, { ...after, freeze: { ...frozen, until: "2026-03-01T14:00:00.000Z" } }, false],
    ["a freeze that a hand made again", { ...read, freeze: frozen }, null, after, false],
    ["another revision", read, freeze, { ...after, revision: 4 }, false],
    ["another mode", read, freeze, { ...after, mode: "observe" }, false],
  ] as const)("%s", (__, before, asked, now, is) => {
    expect(isFrozenBy(now, { freeze: asked, head: { value: before, modifyIndex: 7 } })).toBe(is);
  });
});

it.each([
  ["freeze", undefined, '"rollpin unfreeze" ends its freezes', "freezes are as they were before"],
  ["unfreeze", undefined, '"rollpin freeze" freezes again', "freezes are as they were before"],
  ["pin", undefined, '"rollpin undo a.1-aaaaaa" takes it back', "nothing of it had been done"],
  ["pin", "a.2-cccccc", '"rollpin undo a.1-aaaaaa" takes it back', "history keeps that as a.2-cccccc"],
] as const)("what is said of the way back from a %s (%s)", (kind, plan, way, kept) => {
  const takenBack = plan === undefined ? undefined : { plan, by: "ana", services: { a: 2 } };
  const record: OperationRecord = { id: "a.1-aaaaaa", kind, by: "ana", at: AT, fingerprint: "f", services: { a: 1 }, steps: [], phase: "aborted", next: 0, marked: 0, takenBack };
  expect([describeWayBack(record), describeTakenBack(record)]).toEqual([way, kept]);
});
