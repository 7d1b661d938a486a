import { describe, expect, it } from "vitest";
import { determineMissingReleases } from "../../../../core/decide/import/missing-releases.ts";
import { planImport } from "../../../../core/decide/plans/plan-import.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import { IMPORTED } from "../../../../core/model/imported-release.ts";
import type { Plan } from "../../../../core/model/plan.ts";
import type { Release, Verdict } from "../../../../core/model/records.ts";
import type { TreeHead, TreeService } from "../../../../core/model/tree.ts";
import { NOW, type Story, factsOf, pinned, timeOf } from "../facts.ts";

interface Files {
  readonly state?: DesiredState;
  /** The revision that its files are of. */
  readonly revision?: number;
  readonly head?: Partial<TreeHead>;
  readonly releases?: readonly Release[];
  readonly condemned?: string;
}

const VERDICT: Verdict = { verdict: "condemned", by: "ana", at: timeOf(1) };

function treeOf(service: string, { condemned, head, releases = [], revision, state = pinned("1.0.0") }: Files): TreeService {
  return {
    service,
    state,
    head: revision === undefined ? undefined : { revision, digest: "", plan: `${service}.${revision}-aaaaaa`, kind: "pin", at: timeOf(revision), by: "alice", ...head },
    releases: new Map(releases.map((release) => [release.version, release])),
    verdicts: new Map(condemned === undefined ? [] : [[condemned, VERDICT]]),
  };
}

const REGISTERED = ["1.0.0", "2.0.0"];

function plan(story: Story, files: Files, more: { readonly prune?: boolean; readonly override?: boolean; readonly isCommit?: boolean } = {}) {
  const facts = factsOf({ registered: REGISTERED, ...story });
  return planImport([{ facts, tree: treeOf(facts.service, files), remembered: [] }], { prune: false, override: false, isCommit: false, ...more }, { now: NOW });
}

function planOf(planned: ReturnType<typeof plan>): Plan {
  if (!planned.ok) throw new Error(JSON.stringify(planned.fault));
  return planned.value;
}

describe("planImport", () => {
  it("has nothing to do where Consul is as the tree says, whatever the revision", () => {
    expect(plan({ states: [pinned("1.0.0")] }, { revision: 1 })).toMatchObject({ ok: false, fault: { kind: "nothing-to-change" } });
    expect(plan({ states: [pinned("1.0.0")] }, {})).toMatchObject({ ok: false, fault: { kind: "nothing-to-change" } });
  });

  it("leaves what the tree doesn't have, and says so; takes it away with --prune", () => {
    const story = { states: [pinned("1.0.0", { config: "a", pace: "1" })] };
    const kept = planOf(plan(story, { revision: 1, state: pinned("2.0.0") }));
    expect(kept.services).toMatchObject([{ after: { pins: { stable: "2.0.0" }, config: "a", pace: "1" } }]);
    expect(kept.notes).toEqual([expect.stringContaining("the tree has no config, pace, so they stay as in Consul")]);
    expect(planOf(plan(story, { revision: 1, state: pinned("2.0.0") }, { prune: true })).services).toMatchObject([{ after: { pins: { stable: "2.0.0" } } }]);
  });

  it("refuses to take back unseen what came since, unless it is told to or a commit was named", () => {
    const story = { states: [pinned("1.0.0"), pinned("2.0.0")] };
    expect(plan(story, { revision: 1 })).toMatchObject({ ok: false, fault: { kind: "refused", check: "tree", message: expect.stringContaining("the tree is of revision 1 of checkout, and Consul is at 2 (by alice") as string } });
    expect(planOf(plan(story, { revision: 1 }, { override: true })).services).toMatchObject([{ overrides: ["tree"] }]);
    expect(planOf(plan(story, { revision: 1 }, { isCommit: true })).checks).toContainEqual(expect.objectContaining({ name: "tree", result: "warned" }));
  });

  it("goes above what agents and the tree know of, where Consul knows less, and brings verdicts and modes only then", () => {
    const files: Files = { revision: 12, head: { mode: "observe", left: ["0.9.0"] }, condemned: "2.0.0" };
    expect(planOf(plan({}, files)).services).toMatchObject([{ above: 12, mode: "observe", left: ["0.9.0"], verdicts: [{ version: "2.0.0", after: VERDICT }], recorded: true, after: pinned("1.0.0") }]);
    const ahead = { instance: "a", restored: true, revision: 14 } as const;
    expect(planOf(plan({ instances: [ahead] }, files)).services).toMatchObject([{ above: 14 }]);
    expect(planOf(plan({ states: [pinned("1.0.0")], instances: [ahead] }, { revision: 1 })).services).toMatchObject([{ above: 14, writes: [] }]);
    const known = planOf(plan({ states: [pinned("2.0.0")] }, { ...files, revision: 1 })).services[0];
    expect(known).toMatchObject({ verdicts: [] });
    expect([known?.above, known?.mode, known?.left]).toEqual([undefined, undefined, undefined]);
  });

  it("refuses versions that nobody registered, and condemned ones, there or in the tree; a rebuild takes them as they were", () => {
    const story = { states: [pinned("1.0.0")] };
    expect(plan(story, { revision: 1, state: pinned("9.0.0") })).toMatchObject({ ok: false, fault: { check: "registered" } });
    expect(plan({ ...story, verdicts: { "2.0.0": "condemned" } }, { revision: 1, state: pinned("2.0.0") })).toMatchObject({ ok: false, fault: { check: "condemned" } });
    expect(planOf(plan({ ...story, verdicts: { "2.0.0": "condemned" } }, { revision: 1, state: pinned("2.0.0") }, { override: true })).services).toMatchObject([{ verdicts: [{ version: "2.0.0", after: undefined }] }]);
    expect(plan(story, { revision: 1, state: pinned("2.0.0"), condemned: "2.0.0" })).toMatchObject({ ok: false, fault: { check: "condemned" } });
    expect(plan({}, { revision: 3, state: pinned("2.0.0"), condemned: "2.0.0" })).toMatchObject({ ok: true });
  });

  it("passes no freeze, and mends keys that can't be obeyed", () => {
    const freeze = { scope: "forward", by: "ana", at: timeOf(1) } as const;
    expect(plan({ states: [pinned("1.0.0")], freeze }, { revision: 1, state: pinned("2.0.0") })).toMatchObject({ ok: false, fault: { check: "frozen" } });
    expect(planOf(plan({ states: [pinned("1.0.0")], keys: { pin: "two words" } }, { revision: 1 })).services).toMatchObject([{ writes: [{ part: "pin", text: "1.0.0" }] }]);
  });

  it("refuses pins that break what their releases require of others; in a rebuild it says so", () => {
    const needs: Release = { version: "2.0.0", requires: { payments: "^2" } };
    const both = (states: readonly DesiredState[]) => {
      const facts = factsOf({ registered: REGISTERED, states });
      const releases = new Map([["1.0.0", { release: { version: "1.0.0" }, registeredAt: 1 }], ["2.0.0", { release: needs, registeredAt: 2 }]]);
      const registry = { services: new Map([["checkout", { pin: states.at(-1)?.pins["stable"], releases, verdicts: new Map() }], ["payments", { pin: "1.0.0", releases: new Map([["1.0.0", { release: { version: "1.0.0" }, registeredAt: 1 }]]), verdicts: new Map() }]]) };
      return planImport([{ facts, tree: treeOf("checkout", { revision: 1, state: pinned("2.0.0") }), remembered: [] }], { prune: false, override: false, isCommit: false }, { now: NOW, registry });
    };
    expect(both([pinned("1.0.0")])).toMatchObject({ ok: false, fault: { check: "requires", message: expect.stringContaining("payments") as string } });
    expect(planOf(both([])).checks).toContainEqual(expect.objectContaining({ name: "requires", result: "warned" }));
  });

  it("brings back which schema data is at, and refuses versions that can't read it", () => {
    const old: Release = { version: "1.0.0", schema: { writes: 7 } };
    const story = { states: [pinned("2.0.0")] };
    const withSchema = (facts: ServiceFacts): ServiceFacts => ({ ...facts, releases: new Map([["1.0.0", { value: old, createIndex: 1, modifyIndex: 1 }], ["2.0.0", { value: { version: "2.0.0", schema: { writes: 8 } }, createIndex: 2, modifyIndex: 2 }]]) });
    const imported = (facts: ServiceFacts, files: Files) => planImport([{ facts: withSchema(facts), tree: treeOf("checkout", files), remembered: [] }], { prune: false, override: false, isCommit: false }, { now: NOW });
    expect(imported(factsOf(story), { revision: 1 })).toMatchObject({ ok: false, fault: { check: "schema" } });
    expect(planOf(imported(factsOf(), { revision: 3, head: { schema: 8 } })).services).toMatchObject([{ schema: 8, after: pinned("1.0.0") }]);
  });
});

describe("determineMissingReleases", () => {
  const facts = factsOf({ registered: ["1.0.0"] });
  it("names what Consul lacks, takes a placeholder for less than it, and refuses other content", () => {
    const release = { version: "2.0.0", artifact: "x" };
    expect(determineMissingReleases(facts, treeOf("checkout", { releases: [{ version: "1.0.0" }, release] }))).toEqual({ ok: true, value: [release] });
    expect(determineMissingReleases(facts, treeOf("checkout", { releases: [{ version: "1.0.0", labels: IMPORTED }] }))).toEqual({ ok: true, value: [] });
    expect(determineMissingReleases(facts, treeOf("checkout", { releases: [{ version: "1.0.0", artifact: "y" }] }))).toMatchObject({ ok: false, fault: { check: "registered" } });
    const placeholder = { ...facts, releases: new Map([["1.0.0", { value: { version: "1.0.0", labels: IMPORTED }, createIndex: 1, modifyIndex: 1 }]]) };
    expect(determineMissingReleases(placeholder, treeOf("checkout", { releases: [{ version: "1.0.0", artifact: "y" }] }))).toMatchObject({ ok: true, value: [{ artifact: "y" }] });
  });
});
