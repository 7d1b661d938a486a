import { describe, expect, it } from "vitest";
import type { InstanceRecord, Revision } from "../../../core/model/records.ts";
import { findViolations } from "../../campaign/checker.ts";
import type { Evidence, Settled } from "../../campaign/evidence.ts";

const at = "2026-11-29T00:00:00.000Z";
const entry = (revision: number, from: string, to: string): Revision => ({
  revision, at, by: "test", plan: `a.${revision}-x`, kind: "pin", before: { pins: { stable: from } }, after: { pins: { stable: to } }, overrides: [], services: { a: revision },
});
const history = [entry(1, "none", "1.0.0"), entry(2, "1.0.0", "2.0.0"), entry(3, "2.0.0", "1.0.0")];
const record: InstanceRecord = { service: "a", instance: "a-1", track: "stable", actuator: "instance", status: "in-sync", version: "1.0.0", revision: 3, seen: 3, agent: { version: "0", startedAt: at }, at };
const settled: Settled = { record, pin: "1.0.0", head: 3, processes: 2, answers: true };
const told = (revision: number, startedMs: number) => ({ plan: `a.${revision}-x`, services: [{ service: "a", revision }], startedMs, endedMs: startedMs + 10 });
const whole: Evidence = {
  commands: [0, 3, 4, 5, 6, null].map((code) => ({ words: ["pin", "a", "1.0.0"], code, stderr: "" })),
  acknowledged: [told(2, 0), told(3, 100)],
  histories: { a: history },
  promised: [{ service: "a", instance: "a-1", revision: 3, shown: 3 }],
  requests: [{ service: "a", atMs: 5, catalog: "fresh" }],
  excuses: [],
  settled: [settled],
};
const withInstance = (change: Partial<Settled>): Evidence => ({ ...whole, settled: [{ ...settled, ...change }] });
const refused = (instance: string) => ({ instance, why: "ECONNREFUSED", fromMs: 50, toMs: 51 });
const failed = { service: "a", atMs: 50, catalog: "fresh", failed: [refused("a-1"), refused("a-1")] } as const;

describe("the campaign's checker", () => {
  it("finds nothing where all held, an unacknowledged change included", () => {
    expect(findViolations(whole)).toEqual([]);
  });

  it.each<readonly [string, Evidence, string]>([
    ["a command that ended by a fault of ours", { ...whole, commands: [{ words: ["undo", "a"], code: 1, stderr: "TypeError" }] }, "rollpin undo a: exit 1: TypeError"],
    ["a gap", { ...whole, acknowledged: [], histories: { a: history.filter(({ revision }) => revision !== 2) } }, "has revision 3"],
    ["a chain that is torn", { ...whole, histories: { a: [entry(1, "none", "1.0.0"), entry(2, "9.0.0", "2.0.0"), entry(3, "2.0.0", "1.0.0")] } }, "revision 2 begins with"],
    ["a change that stands twice", { ...whole, histories: { a: [...history, { ...entry(4, "1.0.0", "1.0.0"), plan: "a.3-x" }] } }, "plan a.3-x stands twice"],
    ["an acknowledged change that is lost", { ...whole, histories: { a: history.slice(0, 2) } }, "plan a.3-x was acknowledged as revision 3, history has it at []"],
    ["one that has another revision than was told", { ...whole, acknowledged: [{ ...told(2, 0), services: [{ service: "a", revision: 1 }] }] }, "history has it at [2]"],
    ["a service that a group's plan didn't reach", { ...whole, acknowledged: [{ ...told(3, 0), services: [{ service: "a", revision: 3 }, { service: "b", revision: 1 }] }] }, "b: plan a.3-x was acknowledged"],
    ["changes out of order", { ...whole, acknowledged: [told(3, 0), told(2, 100)] }, "a.3-x ended before a.2-x began"],
    ["a receipt that lied", { ...whole, promised: [{ service: "a", instance: "a-1", revision: 3, shown: 2 }] }, "its record showed 2"],
    ["an instance at another version", withInstance({ record: { ...record, version: "2.0.0" } }), "runs 2.0.0, the pin is 1.0.0"],
    ["an instance at an older revision", withInstance({ record: { ...record, revision: 2 } }), "has applied revision 2, the head is 3"],
    ["an instance that holds for nothing", withInstance({ record: { ...record, status: "held", reason: { code: "pin-garbage", message: "" } } }), "is held (pin-garbage)"],
    ["an orphan", withInstance({ processes: 3 }), "1 of them orphans"],
    ["a service that is gone", withInstance({ processes: 1 }), "lost its service"],
    ["a service that doesn't answer", withInstance({ answers: false }), "lost its service"],
    ["a request that failed", { ...whole, requests: [failed] }, "no fault explains it"],
    ["a request that failed before the fault", { ...whole, requests: [failed], excuses: [{ instance: "a-1", fromMs: 60, toMs: 90 }] }, "no fault explains it"],
    ["a request that failed after all was well again", { ...whole, requests: [failed], excuses: [{ instance: "a-1", fromMs: 10, toMs: 49 }] }, "no fault explains it"],
    ["another instance's fault", { ...whole, requests: [{ ...failed, failed: [refused("a-1"), refused("a-2")] }], excuses: [{ instance: "a-1", fromMs: 0, toMs: Infinity }] }, "a-2: ECONNREFUSED"],
  ])("finds %s", (_, evidence, words) => {
    const found = findViolations(evidence);
    expect(found.join("\n")).toContain(words);
  });

  it("takes a place in the agent's file as an explanation of exit 2, of what is done on its host only", () => {
    const command = (...words: readonly string[]) => ({ words, code: 2, stderr: "rollpin.yaml:1:11: no" });
    expect(findViolations({ ...whole, commands: [command("agent", "unpin", "--local")] })).toEqual([]);
    expect(findViolations({ ...whole, commands: [command("pin", "a", "1.0.0")] })).toHaveLength(1);
  });

  it("takes a kill of the service, and a catalog that is away, as explanations", () => {
    expect(findViolations({ ...whole, requests: [failed], excuses: [{ instance: "a-1", fromMs: 40, toMs: 60 }] })).toEqual([]);
    expect(findViolations({ ...whole, requests: [{ ...failed, catalog: "stale" }] })).toEqual([]);
  });
});
