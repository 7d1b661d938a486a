import { describe, expect, it } from "vitest";
import { sha256 } from "../../../../core/decide/digest.ts";
import { type CommitDraft, type ExportFacts, draftCommits } from "../../../../core/decide/export/draft-commits.ts";
import { type KeptRevision, orderPlans } from "../../../../core/decide/export/order-plans.ts";
import { digestOf } from "../../../../core/decide/digest.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import type { Revision } from "../../../../core/model/records.ts";
import type { TreeHead } from "../../../../core/model/tree.ts";
import { NOW, factsOf, pinned } from "../facts.ts";

/** Of one service whose revisions ended in these states, as far as `from` on is kept. */
function historyOf(states: readonly DesiredState[], from = 1, more: Partial<Revision> = {}): readonly KeptRevision[] {
  const { history } = factsOf({ states });
  return [...history].reverse().filter(({ revision }) => revision >= from).map((entry) => ({ service: "checkout", createIndex: 100 + entry.revision, entry: { ...entry, ...more } }));
}

function drafts(revisions: readonly KeptRevision[], more: Partial<ExportFacts> = {}): readonly CommitDraft[] {
  const head = factsOf({ states: revisions.map(({ entry }) => entry.after) }).head?.value;
  if (head === undefined) throw new Error("there is no head");
  const services = new Map([["checkout", { head: { ...head, revision: revisions.at(-1)?.entry.revision ?? 0 }, releases: new Map([["1.0.0", { value: { version: "1.0.0" }, createIndex: 1, modifyIndex: 1 }]]), verdicts: new Map() }]]);
  return [...draftCommits({ files: new Map(), blobIdOf: sha256, exported: new Map(), groups: orderPlans([revisions]), services, now: NOW, ...more })];
}

const changes = (draft: CommitDraft | undefined): Readonly<Record<string, string | undefined>> => Object.fromEntries((draft?.changes ?? []).filter(({ path }) => !path.endsWith("head.json")).map(({ path, text }) => [path.replace("services/checkout/", ""), text]));

describe("draftCommits", () => {
  it("marks a new tree, and writes in each commit what its revision changed", () => {
    const [first, second, third, ...rest] = drafts(historyOf([pinned("1.0.0"), pinned("1.0.0", { config: "a" }), pinned("2.0.0")]));
    expect(Object.keys(changes(first))).toEqual(["rollpin.json", ".gitattributes", "pin", "releases/1.0.0.json"]);
    expect(changes(second)).toEqual({ config: "a" });
    expect(changes(third)).toEqual({ pin: "2.0.0\n", config: undefined });
    expect(rest).toEqual([]);
  });

  const exportedAt = (revision: number, state: DesiredState): ReadonlyMap<string, TreeHead> => new Map([["checkout", { revision, digest: digestOf(state), plan: "p", kind: "pin", at: "2026-03-01T00:00:00.000Z", by: "ana" }]]);
  const files = new Map(["rollpin.json", "services/checkout/pin", "services/checkout/pace", "services/checkout/releases/1.0.0.json"].map((path) => [path, "something else"]));

  it("leaves beside it what somebody changed in the tree", () => {
    const states = [pinned("1.0.0"), pinned("1.0.0", { config: "a" })];
    const [only] = drafts(historyOf(states, 2), { files, exported: exportedAt(1, pinned("1.0.0")) });
    expect(changes(only)).toEqual({ config: "a" });
    expect(only?.gaps).toEqual([]);
  });

  it("writes all of the state where revisions are missing between, and says which", () => {
    const states = [pinned("1.0.0"), pinned("1.1.0", { pace: "1" }), pinned("1.2.0", { config: "b" }), pinned("1.2.0", { config: "c" })];
    const [only] = drafts(historyOf(states, 4), { files, exported: exportedAt(1, pinned("1.0.0")) });
    expect(changes(only)).toEqual({ pin: "1.2.0\n", pace: undefined, config: "c" });
    expect(only?.gaps).toEqual([{ service: "checkout", from: 2, to: 3 }]);
    expect(only?.message).toContain("Rollpin-Gap: checkout 2-3");
  });

  it("takes the jump of a restore or an import for none", () => {
    const [only] = drafts(historyOf([pinned("1.0.0"), pinned("1.0.0"), pinned("1.1.0")], 3, { kind: "restore" }), { files, exported: exportedAt(1, pinned("1.0.0")) });
    expect(only?.gaps).toEqual([]);
  });
});
