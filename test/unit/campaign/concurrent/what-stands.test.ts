import { describe, expect, it } from "vitest";
import { digestOf } from "../../../../core/decide/digest.ts";
import type { Head, Revision } from "../../../../core/model/records.ts";
import type { Told } from "../../../campaign/concurrent/account.ts";
import { type OperationKind, reasonOf } from "../../../campaign/concurrent/draw-operation.ts";
import { lostWords } from "../../../campaign/concurrent/lost-words.ts";
import { type Standing, strayHeads } from "../../../campaign/concurrent/stray-heads.ts";

const at = "2026-11-29T00:00:00.000Z";
const state = { pins: { stable: "2.0.0" }, config: "limit: 1" };
const last: Revision = { revision: 4, at, by: "ann", plan: "a.4-x", kind: "pin", before: { pins: {} }, after: state, overrides: [], services: { a: 4 } };
const head: Head = { revision: 4, digest: digestOf(state), at, by: "ann", plan: "a.4-x" };
const standing: Standing = { head, state, verdicts: {} };

describe("what stands at the end", () => {
  it("is what history says last", () => {
    expect(strayHeads({ a: standing }, { a: [last] })).toEqual([]);
  });

  it.each<readonly [string, Standing, string]>([
    ["a head that is behind", { ...standing, head: { ...head, revision: 3 } }, "the head is at revision 3 (a.4-x), history at 4 (a.4-x)"],
    ["a head of another plan", { ...standing, head: { ...head, plan: "a.4-y" } }, "the head is at revision 4 (a.4-y)"],
    ["another digest", { ...standing, head: { ...head, digest: "0" } }, "the head's digest isn't that of revision 4"],
    ["a key that isn't as history has it", { ...standing, state: { pins: { stable: "2.0.0" } } }, 'a stands as {"pins":{"stable":"2.0.0"}}'],
  ])("shows %s", (_, one, words) => {
    expect(strayHeads({ a: one }, { a: [last] }).join("\n")).toContain(words);
  });
});

const said = (number: number, kind: OperationKind, [startedMs, endedMs]: readonly [number, number], code: number | null = 0): Told => ({
  operation: { number, kind, services: ["a"], version: "2.0.0" }, by: "ann", code, stderr: "", startedMs, endedMs, ...(code === 0 ? { changed: { plan: `p${number}`, services: [] } } : {}),
});
const frozenBy = (number: number): Standing => ({ ...standing, head: { ...head, freeze: { scope: "forward", by: "ann", at, reason: reasonOf(number) } } });
const condemned: Standing = { ...standing, verdicts: { "2.0.0": { verdict: "condemned", by: "ann", at } } };

describe("freezes and verdicts at the end", () => {
  it.each<readonly [string, readonly Told[], Standing]>([
    ["the last word", [said(1, "freeze", [0, 10]), said(2, "unfreeze", [20, 30]), said(3, "condemn", [20, 30])], condemned],
    ["one of two at once", [said(1, "freeze", [0, 10]), said(2, "unfreeze", [5, 15])], frozenBy(1)],
    ["one that nobody confirmed", [said(1, "freeze", [0, 10], null), said(2, "unfreeze", [20, 30])], frozenBy(1)],
    ["nothing, where nothing was said", [], standing],
  ])("are %s", (_, all, one) => {
    expect(lostWords(all, { a: one }, {})).toEqual([]);
  });

  it.each<readonly [string, readonly Told[], Standing, string]>([
    ["a freeze that was lost", [said(1, "freeze", [0, 10])], standing, "the freeze of a is none"],
    ["a freeze that outlived its end", [said(1, "freeze", [0, 10]), said(2, "unfreeze", [20, 30])], frozenBy(1), "the freeze of a is operation 1"],
    ["a verdict that was lost", [said(1, "clear", [0, 10]), said(2, "condemn", [20, 30])], standing, "the verdict on a 2.0.0 is none"],
    ["a verdict that nobody gave", [], condemned, "the verdict on a 2.0.0 is condemned"],
    ["one that was refused, and stands", [said(1, "condemn", [0, 10], 4)], condemned, "the verdict on a 2.0.0 is condemned"],
  ])("show %s", (_, all, one, words) => {
    expect(lostWords(all, { a: one }, {}).join("\n")).toContain(words);
  });

  it("go by verdicts that history tells along with a change", () => {
    const rolledBack: Revision = { ...last, kind: "rollback", reason: reasonOf(1), verdicts: [{ version: "2.0.0", after: { verdict: "condemned", by: "ann", at } }] };
    expect(lostWords([said(1, "rollback", [0, 10])], { a: condemned }, { a: [rolledBack] })).toEqual([]);
    expect(lostWords([said(1, "rollback", [0, 10])], { a: standing }, { a: [rolledBack] }).join("\n")).toContain("the verdict on a 2.0.0 is none");
  });
});
