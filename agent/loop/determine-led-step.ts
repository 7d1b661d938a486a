import { RESTORED } from "../../core/decide/checks.ts";
import { isFor, isRestart } from "../lead/actuation.ts";
import type { Actuation } from "../../core/model/actuator-records.ts";
import type { Lead } from "../lead/lead.ts";
import { type LoopFacts, type Step, missingArtifact, settledStep } from "./determine-step.ts";
import { type HoldReason, type Intent, STARTING, isSameTarget } from "./intent.ts";

type Wanted = Extract<Intent, { readonly kind: "consul" }>;

/** The step of an agent whose service has one leader: it acts where it leads, and reports the leader's outcome where it doesn't. */
export function determineLedStep(facts: LoopFacts, lead: Lead): Step {
  const { intent } = facts;
  if (intent.kind === "unknown") return { kind: "wait", reason: intent.hold };
  // Nothing is done for a whole service on what one agent remembers.
  if (intent.kind === "remembered") return { kind: "rest", status: "held", reason: intent.hold ?? { code: STARTING, message: "Consul has not answered yet; nothing is run" } };
  // What was done for all is newer than Consul's word: a person says which counts.
  if (intent.hold?.code === RESTORED) return { kind: "rest", status: "held", reason: intent.hold };
  return wantedStep(facts, intent, lead);
}

function wantedStep(facts: LoopFacts, intent: Wanted, lead: Lead): Step {
  const { last } = lead;
  const wanted = { digest: intent.digest, version: intent.target.version, restartRevision: intent.restartRevision };
  // Unpinned: whatever runs may run. No command is told to deploy nothing.
  if (wanted.version === undefined) return doneStep(facts, intent, lead);
  if (last !== undefined && intent.revision < last.generation) return behindStep(facts, intent, last);
  if (last !== undefined && isFor(last, wanted)) {
    if (last.state === "done") return doneStep(facts, intent, lead);
    if (last.spent === true) return { kind: "rest", status: "stalled", reason: { code: codeOf(lead), message: `${whoRan(lead, last.by)}${last.message ?? "its commands failed"}` } };
  }
  if (lead.kind === "own") return ownStep(facts, intent, lead, isRestart(last, wanted));
  return { kind: "rest", status: lead.kind === "vacant" && lead.denied ? "held" : "reconciling", reason: standby(describeWait(lead, intent, last !== undefined && isFor(last, wanted))) };
}

function doneStep(facts: LoopFacts, intent: Wanted, lead: Lead): Step {
  const { applied } = facts;
  // Unpinned, what was done last may be of any revision.
  const doneAt = Math.min(lead.last?.generation ?? 0, intent.revision);
  const isKnown = applied !== undefined && isSameTarget(applied.target, intent.target) && applied.revision >= doneAt;
  if (!isKnown) return { kind: "acknowledge" };
  const step = settledStep(facts, intent.hold);
  const isQuiet = step.kind === "rest" && step.status === "in-sync" && lead.kind !== "own";
  return isQuiet ? { ...step, reason: standby(describeLead(lead)) } : step;
}

/** A newer revision was begun than this agent has seen: its own watch is late, and nothing older may be run, though it leads. */
function behindStep(facts: LoopFacts, intent: Wanted, { by, generation }: Actuation): Step {
  if (facts.applied !== undefined && isSameTarget(facts.applied.target, intent.target)) return settledStep(facts, intent.hold);
  return { kind: "rest", status: "reconciling", reason: standby(`${by} began generation ${generation}, and this agent has seen revision ${intent.revision} only`) };
}

function ownStep(facts: LoopFacts, { target }: Wanted, { last }: Lead, restart: boolean): Step {
  const missing = missingArtifact(target, facts);
  if (missing !== undefined) return { kind: "rest", status: "held", reason: missing };
  const { now, tries } = facts;
  const isTooSoon = tries !== undefined && isSameTarget(tries.target, target) && tries.nextAt > now;
  if (!isTooSoon) return { kind: "apply", target, restart };
  return { kind: "retry", at: tries.nextAt, status: tries.status, reason: { code: tries.reason.code, message: last?.message ?? tries.reason.message } };
}

function describeWait(lead: Lead, { revision, target }: Wanted, isBegun: boolean): string {
  const version = target.version ?? "the agent file's own state";
  const { last } = lead;
  if (last === undefined || !isBegun) return `${describeLead(lead)}; ${version} (revision ${revision}) is not begun yet`;
  if (last.state === "failed") return `${describeLead(lead)}; attempt ${last.attempt} to apply ${version} failed: ${last.message ?? "no reason was given"}`;
  return `${describeLead(lead)}; ${version} is being applied (generation ${last.generation}, attempt ${last.attempt}, by ${last.by})`;
}

function describeLead(lead: Lead): string {
  switch (lead.kind) {
    case "own":
      return "this agent leads";
    case "other":
      return `${lead.leader} leads`;
    case "vacant":
      return `no agent leads: ${lead.why}`;
    case "unknown":
      return lead.why;
  }
}

const codeOf = (lead: Lead): string => (lead.kind === "own" ? "exec-failed" : "standby");

const whoRan = (lead: Lead, by: string): string => (lead.kind === "own" ? "" : `${by} tried: `);

function standby(message: string): HoldReason {
  return { code: "standby", message };
}
