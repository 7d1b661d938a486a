import { describe, expect, it } from "vitest";
import { determineStandBack } from "../../../../agent/loop/determine-stand-back.ts";
import type { LoopFacts } from "../../../../agent/loop/determine-step.ts";
import type { Intent } from "../../../../agent/loop/intent.ts";
import type { Mode } from "../../../../core/model/records.ts";

const hold = { code: "malformed", message: "pin is garbage" };

function facts(mode: Mode, changes: Partial<LoopFacts> = {}, intended: Partial<Intent & { kind: "consul" }> = {}): LoopFacts {
  const intent: Intent = { kind: "consul", revision: 7, plan: undefined, mode, restartRevision: 0, state: { pins: {} }, target: { version: "2.0.0", config: undefined, routes: undefined }, digest: "d", refused: [], hold: undefined, ...intended };
  return { intent, applied: undefined, before: undefined, process: undefined, observed: undefined, artifacts: undefined, tries: undefined, drift: undefined, now: 0, ...changes };
}

const observed = (version: string | undefined) => ({ observed: { version, problem: version === undefined ? "no such file" : undefined } });

describe("determineStandBack", () => {
  it("leaves an enforced service, and one of which nothing is known, to others", () => {
    expect(determineStandBack(facts("enforce"))).toBeUndefined();
    expect(determineStandBack({ ...facts("observe"), intent: { kind: "unknown", hold } })).toBeUndefined();
  });

  it.each([
    ["what is pinned runs under the agent", { process: { state: "running", version: "2.0.0" } } as const, "in-sync", undefined],
    ["what is pinned is observed", observed("2.0.0"), "in-sync", undefined],
    ["another version runs", observed("1.0.0"), "drifted", "observing"],
    ["another version runs under the agent", { process: { state: "running", version: "1.0.0" } } as const, "drifted", "observing"],
    ["it can't be told", observed(undefined), "held", "observing"],
    ["nothing was started", { process: { state: "none" } } as const, "held", "observing"],
  ])("observed: %s", (_, changes, status, code) => {
    const step = determineStandBack(facts("observe", changes));
    expect(step).toMatchObject({ kind: "stand-back", status });
    expect(step?.kind === "stand-back" ? step.reason?.code : "").toBe(code);
  });

  it("observed: garbage is said first; ejected: nothing else is", () => {
    expect(determineStandBack(facts("observe", observed("2.0.0"), { hold }))).toMatchObject({ status: "held", reason: hold });
    expect(determineStandBack(facts("ejected", observed("2.0.0"), { hold }))).toMatchObject({ status: "held", reason: { code: "ejected" } });
  });
});
