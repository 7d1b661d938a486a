import { describe, expect, it } from "vitest";
import { type LoopFacts, type Step, determineStep } from "../../../../agent/loop/determine-step.ts";
import type { Intent } from "../../../../agent/loop/intent.ts";
import type { Target } from "../../../../agent/appliers/applier.ts";

const target = (version: string | undefined, config?: string): Target => ({ version, config, routes: undefined });
const hold = { code: "unregistered", message: "pin holds nonsense" };

function intent(changes: Partial<Intent & { kind: "consul" }> = {}): Intent {
  return { kind: "consul", revision: 7, plan: undefined, mode: "enforce", restartRevision: 0, state: { pins: {} }, target: target("2.0.0"), digest: "d2", refused: [], hold: undefined, ...changes };
}

const applied = { revision: 6, digest: "d1", target: target("1.0.0") };
const there = { revision: 7, digest: "d2", target: target("2.0.0") };

function facts(changes: Partial<LoopFacts> = {}): LoopFacts {
  return { intent: intent(), applied, before: undefined, process: undefined, observed: undefined, artifacts: undefined, tries: undefined, drift: undefined, now: 1_000, ...changes };
}

const tries = { target: target("2.0.0"), revision: 7, count: 1, passing: 0, status: "reconciling" as const, nextAt: 2_000, spent: false, reason: { code: "process-failed", message: "never ready" } };

const table: readonly { readonly name: string; readonly facts: LoopFacts; readonly step: Partial<Step> & { readonly kind: Step["kind"]; readonly status?: string; readonly restart?: boolean } }[] = [
  { name: "nothing is known: nothing is touched", facts: facts({ intent: { kind: "unknown", hold } }), step: { kind: "wait" } },
  { name: "another version is wanted: apply", facts: facts(), step: { kind: "apply", restart: false } },
  { name: "it is there: in sync", facts: facts({ applied: there }), step: { kind: "rest", status: "in-sync" } },
  { name: "nothing was applied in this life: apply once, though the former life did", facts: facts({ applied: undefined, before: there }), step: { kind: "apply" } },
  { name: "only config differs: apply", facts: facts({ applied: there, intent: intent({ target: target("2.0.0", "a: 1") }) }), step: { kind: "apply" } },
  { name: "held at what was accepted: held, with the reason", facts: facts({ applied: there, intent: intent({ hold }) }), step: { kind: "rest", status: "held" } },
  { name: "held, but another part changed: apply that", facts: facts({ intent: intent({ hold }) }), step: { kind: "apply" } },
  { name: "no artifact: held, nothing is tried", facts: facts({ artifacts: ["1.0.0"] }), step: { kind: "rest", status: "held" } },
  { name: "a link out of the folder of releases: held, and says where it leads", facts: facts({ artifacts: ["1.0.0"], strays: [{ version: "2.0.0", why: "it leads to /" }] }), step: { kind: "rest", status: "held", reason: { code: "no-artifact", message: "version 2.0.0 can't run here: it leads to /" } } },
  { name: "an artifact that is gone is no reason to stop what runs", facts: facts({ applied: there, artifacts: [] }), step: { kind: "rest", status: "in-sync" } },
  { name: "unpinned, no local version, nothing applied: apply nothing, once", facts: facts({ applied: undefined, intent: intent({ target: target(undefined) }) }), step: { kind: "apply" } },
  { name: "a failed try: again when its time has come", facts: facts({ tries }), step: { kind: "retry" } },
  { name: "the time has come", facts: facts({ tries, now: 2_000 }), step: { kind: "apply" } },
  { name: "tries are spent: stalled", facts: facts({ tries: { ...tries, spent: true } }), step: { kind: "rest", status: "stalled" } },
  { name: "tries of another target don't count", facts: facts({ tries: { ...tries, spent: true, target: target("3.0.0") } }), step: { kind: "apply" } },
  { name: "a restart asked for after the tries gives new ones", facts: facts({ tries: { ...tries, spent: true }, intent: intent({ revision: 8, restartRevision: 8 }) }), step: { kind: "apply", restart: true } },
  { name: "a restart is due", facts: facts({ applied: { ...there, revision: 6 }, intent: intent({ restartRevision: 7 }) }), step: { kind: "apply", restart: true } },
  { name: "a restart was done", facts: facts({ applied: there, intent: intent({ restartRevision: 7 }) }), step: { kind: "rest", status: "in-sync" } },
  { name: "a restart asked for while the agent was away", facts: facts({ applied: undefined, before: applied, intent: intent({ restartRevision: 7 }) }), step: { kind: "apply", restart: true } },
  { name: "the process is gone: start it", facts: facts({ applied: there, process: { state: "none" } }), step: { kind: "apply" } },
  { name: "the process runs another version than was applied", facts: facts({ applied: there, process: { state: "running", version: "1.0.0" } }), step: { kind: "apply" } },
  { name: "a crash loop is stalled, and not applied again", facts: facts({ applied: there, process: { state: "stalled", version: "2.0.0", message: "boom" } }), step: { kind: "rest", status: "stalled" } },
  { name: "a restart after a crash is under way", facts: facts({ applied: there, process: { state: "restarting", version: "2.0.0" } }), step: { kind: "rest", status: "reconciling" } },
  { name: "a process that was found dead at the start, and is being started again, gets no rival", facts: facts({ applied: undefined, before: there, process: { state: "restarting", version: "2.0.0" } }), step: { kind: "rest", status: "reconciling" } },
  { name: "once it runs, it is applied once", facts: facts({ applied: undefined, before: there, process: { state: "running", version: "2.0.0" } }), step: { kind: "apply" } },
  { name: "a crash loop of the old version doesn't stop a new pin", facts: facts({ process: { state: "stalled", version: "1.0.0" } }), step: { kind: "apply" } },
  { name: "something else changed what was applied", facts: facts({ applied: there, drift: "the file differs" }), step: { kind: "apply" } },
  {
    name: "without Consul a living process of another version is left alone",
    facts: facts({ applied: undefined, intent: { kind: "remembered", revision: 6, plan: undefined, mode: "enforce", state: { pins: {} }, target: target("1.0.0"), digest: "d1", hold }, process: { state: "running", version: "2.0.0" } }),
    step: { kind: "rest", status: "held" },
  },
  {
    name: "without Consul a dead process is started from what is remembered",
    facts: facts({ applied: undefined, intent: { kind: "remembered", revision: 6, plan: undefined, mode: "enforce", state: { pins: {} }, target: target("1.0.0"), digest: "d1", hold }, process: { state: "none" } }),
    step: { kind: "apply" },
  },
  { name: "observed: someone else runs another version", facts: facts({ applied: there, observed: { version: "1.0.0", problem: undefined } }), step: { kind: "rest", status: "drifted" } },
  { name: "observed: can't be read", facts: facts({ applied: there, observed: { version: undefined, problem: "no such file" } }), step: { kind: "rest", status: "drifted" } },
  { name: "observed: as pinned", facts: facts({ applied: there, observed: { version: "2.0.0", problem: undefined } }), step: { kind: "rest", status: "in-sync" } },
];

describe("determineStep", () => {
  it.each(table)("$name", ({ facts: given, step }) => {
    expect(determineStep(given)).toMatchObject(step);
  });
});
