import { describe, expect, it } from "vitest";
import type { Lead } from "../../../../agent/lead/lead.ts";
import { determineLedStep } from "../../../../agent/loop/determine-led-step.ts";
import type { LoopFacts, Step } from "../../../../agent/loop/determine-step.ts";
import type { Intent } from "../../../../agent/loop/intent.ts";
import type { Actuation } from "../../../../core/model/actuator-records.ts";

const target = (version: string | undefined) => ({ version, config: undefined, routes: undefined });
const intent = (over: Partial<Intent & { kind: "consul" }> = {}): Intent => ({ kind: "consul", revision: 7, plan: undefined, mode: "enforce", restartRevision: 0, state: { pins: {} }, target: target("2.0.0"), digest: "d2", refused: [], hold: undefined, ...over });
const facts = (over: Partial<LoopFacts> = {}): LoopFacts => ({ intent: intent(), applied: undefined, before: undefined, process: undefined, observed: undefined, artifacts: undefined, tries: undefined, drift: undefined, now: 1_000, ...over });
const run = (over: Partial<Actuation> = {}): Actuation => ({ generation: 7, digest: "d2", version: "2.0.0", attempt: 1, tries: 1, state: "begun", by: "shop-1", at: "2026-11-29T05:00:00.000Z", ...over });
const done = run({ state: "done" });
const own = (last?: Actuation): Lead => ({ kind: "own", last });
const other = (last?: Actuation): Lead => ({ kind: "other", leader: "shop-1", last });
const there = { revision: 7, digest: "d2", target: target("2.0.0") };
const hold = { code: "unregistered", message: "pin holds nonsense" };

interface Case {
  readonly name: string;
  readonly facts?: LoopFacts;
  readonly lead: Lead;
  readonly step: { readonly kind: Step["kind"]; readonly status?: string; readonly restart?: boolean; readonly at?: number; readonly reason?: unknown };
}

const says = (message: string) => ({ code: "standby", message: expect.stringContaining(message) as string });

const table: readonly Case[] = [
  { name: "nothing is known: nothing is touched", facts: facts({ intent: { kind: "unknown", hold } }), lead: own(), step: { kind: "wait" } },
  { name: "without Consul's word nothing is done for a whole service", facts: facts({ intent: { kind: "remembered", revision: 6, plan: undefined, mode: "enforce", state: { pins: {} }, target: target("1.0.0"), digest: "d1", hold } }), lead: own(), step: { kind: "rest", status: "held" } },
  { name: "the leader acts", lead: own(), step: { kind: "apply", restart: false } },
  { name: "what another leader began and didn't end is run again", lead: own(run()), step: { kind: "apply", restart: false } },
  { name: "what is done is not done again by the next leader", lead: own(done), step: { kind: "acknowledge" } },
  { name: "and the leader rests", facts: facts({ applied: there }), lead: own(done), step: { kind: "rest", status: "in-sync", reason: undefined } },
  { name: "another target was done: act", facts: facts({ applied: there }), lead: own(run({ digest: "d1", version: "1.0.0", state: "done" })), step: { kind: "apply" } },
  { name: "a failed run is tried again", lead: own(run({ state: "failed" })), step: { kind: "apply" } },
  { name: "but not too soon", facts: facts({ tries: { target: target("2.0.0"), revision: 7, count: 1, passing: 0, status: "reconciling", nextAt: 2_000, spent: false, reason: { code: "exec-failed", message: "no" } } }), lead: own(run({ state: "failed", message: "no capacity" })), step: { kind: "retry", at: 2_000, reason: { code: "exec-failed", message: "no capacity" } } },
  { name: "tries are spent", lead: own(run({ state: "failed", spent: true, message: "no capacity" })), step: { kind: "rest", status: "stalled", reason: { code: "exec-failed", message: "no capacity" } } },
  { name: "a restart gives new ones", facts: facts({ intent: intent({ revision: 8, restartRevision: 8 }) }), lead: own(run({ state: "failed", spent: true })), step: { kind: "apply", restart: true } },
  { name: "a restart of what is done", facts: facts({ applied: there, intent: intent({ revision: 8, restartRevision: 8 }) }), lead: own(done), step: { kind: "apply", restart: true } },
  { name: "a leader without the artifact holds", facts: facts({ artifacts: ["1.0.0"] }), lead: own(), step: { kind: "rest", status: "held" } },
  { name: "unpinned: no command runs", facts: facts({ intent: intent({ target: target(undefined) }) }), lead: own(), step: { kind: "acknowledge" } },
  { name: "unpinned, and known", facts: facts({ intent: intent({ target: target(undefined) }), applied: { ...there, target: target(undefined) } }), lead: own(run()), step: { kind: "rest", status: "in-sync" } },
  { name: "others wait for the leader to begin", lead: other(), step: { kind: "rest", status: "reconciling", reason: says("shop-1 leads; 2.0.0 (revision 7) is not begun yet") } },
  { name: "and while it is at it", lead: other(run({ attempt: 2 })), step: { kind: "rest", status: "reconciling", reason: says("shop-1 leads; 2.0.0 is being applied (generation 7, attempt 2, by shop-1)") } },
  { name: "and after a failure", lead: other(run({ state: "failed", message: "no capacity" })), step: { kind: "rest", status: "reconciling", reason: says("attempt 1 to apply 2.0.0 failed: no capacity") } },
  { name: "others are stalled with it, in its own words", lead: other(run({ state: "failed", spent: true, message: "no capacity" })), step: { kind: "rest", status: "stalled", reason: says("shop-1 tried: no capacity") } },
  { name: "others take what is done for applied", lead: other(done), step: { kind: "acknowledge" } },
  { name: "and are in sync, saying who leads", facts: facts({ applied: there }), lead: other(done), step: { kind: "rest", status: "in-sync", reason: says("shop-1 leads") } },
  { name: "a restart that the leader did is taken over once more", facts: facts({ applied: { ...there, revision: 6 }, intent: intent({ restartRevision: 7 }) }), lead: other(done), step: { kind: "acknowledge" } },
  { name: "a leader whose watch is late runs nothing older than was begun", facts: facts({ intent: intent({ revision: 6 }) }), lead: own(run({ digest: "d3", version: "3.0.0", state: "done" })), step: { kind: "rest", status: "reconciling", reason: says("began generation 7, and this agent has seen revision 6 only") } },
  { name: "and stays as it was", facts: facts({ applied: { ...there, revision: 6 }, intent: intent({ revision: 6 }) }), lead: own(run({ digest: "d3", version: "3.0.0" })), step: { kind: "rest", status: "in-sync" } },
  { name: "unpinned below what was done, it goes in no circles", facts: facts({ applied: { ...there, revision: 3, target: target(undefined) }, intent: intent({ revision: 3, target: target(undefined) }) }), lead: other(done), step: { kind: "rest", status: "in-sync" } },
  { name: "what can't be obeyed is held by all", facts: facts({ applied: there, intent: intent({ hold }) }), lead: other(done), step: { kind: "rest", status: "held", reason: hold } },
  { name: "in a restored Consul nothing is run, whatever the lock says", facts: facts({ applied: there, intent: intent({ hold: { code: "restored", message: "older" } }) }), lead: own(run({ generation: 3, digest: "d1", version: "1.0.0", state: "done" })), step: { kind: "rest", status: "held", reason: { code: "restored", message: "older" } } },
  { name: "nobody leads, and this one is about to", lead: { kind: "vacant", why: "the lead is free", denied: false, last: undefined }, step: { kind: "rest", status: "reconciling", reason: says("no agent leads: the lead is free") } },
  { name: "nobody leads, and this one may not", lead: { kind: "vacant", why: "denied", denied: true, last: undefined }, step: { kind: "rest", status: "held", reason: says("no agent leads: denied") } },
  { name: "who leads can't be read", lead: { kind: "unknown", why: "Consul is away", denied: false, last: run() }, step: { kind: "rest", status: "reconciling", reason: says("Consul is away") } },
  { name: "someone else changed what runs", facts: facts({ applied: there, observed: { version: "1.0.0", problem: undefined } }), lead: other(done), step: { kind: "rest", status: "drifted" } },
  { name: "what was asked for takes a while to show", facts: facts({ applied: there, settlesAt: 5_000, observed: { version: "1.0.0", problem: undefined } }), lead: own(done), step: { kind: "retry", at: 5_000 } },
];

describe("determineLedStep", () => {
  it.each(table)("$name", ({ facts: given, lead, step }) => {
    expect(determineLedStep({ ...(given ?? facts()), lead }, lead)).toMatchObject(step);
  });
});
