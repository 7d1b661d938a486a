import { APPLYING } from "../../core/model/receipt.ts";
import type { InstanceStatus } from "../../core/model/records.ts";
import type { Lead } from "../lead/lead.ts";
import type { Target } from "../appliers/applier.ts";
import type { ProcessObservation } from "../process/observation.ts";
import type { Stray } from "../releases/stray.ts";
import { type HoldReason, type Intent, isSameTarget } from "./intent.ts";
import type { Tries } from "./tries.ts";

/** What was made true last. */
export interface AppliedState {
  readonly revision: number;
  readonly digest: string;
  readonly target: Target;
}

/** What an observer read where the process is someone else's; `version` is undefined while it can't be read. */
export interface ObservedVersion {
  readonly version: string | undefined;
  readonly problem: string | undefined;
}

/** All that the next step rests on. */
export interface LoopFacts {
  readonly intent: Intent;
  readonly applied: AppliedState | undefined;
  /** What this agent's former life applied. */
  readonly before: AppliedState | undefined;
  /** Undefined where no process is supervised. */
  readonly process: ProcessObservation | undefined;
  /** What an observer read, where the process is someone else's; `version` is undefined while it can't be read. */
  readonly observed: ObservedVersion | undefined;
  /** Undefined where the agent can't tell. */
  readonly artifacts: readonly string[] | undefined;
  /** What lies where an artifact should, and may not be followed. */
  readonly strays?: readonly Stray[] | undefined;
  readonly tries: Tries | undefined;
  /** A verification found that what was applied is no longer true. */
  readonly drift: string | undefined;
  /** Who acts for the service, where one agent acts for all. */
  readonly lead?: Lead | undefined;
  /** Until when an observed version that is another is on its way: the command returned before what it asked for was done. Milliseconds, monotonic. */
  readonly settlesAt?: number | undefined;
  /** Milliseconds, monotonic. */
  readonly now: number;
}

/**
 * ONE named step with its reason:
 *
 *     wait     nothing is known: touch nothing
 *     rest     as it should be (in-sync), or as far as it may be (held, drifted, stalled)
 *     apply    make the target true now
 *     retry    the last try failed, or what was applied doesn't show yet; again at `at`
 *     acknowledge   another agent made it true: it counts as applied
 *     stand-back    the service is observed only, or ejected: say where it stands, do nothing
 */
export type Step =
  | { readonly kind: "wait"; readonly reason: HoldReason }
  | { readonly kind: "rest"; readonly status: InstanceStatus; readonly reason: HoldReason | undefined }
  | { readonly kind: "apply"; readonly target: Target; readonly restart: boolean }
  | { readonly kind: "acknowledge" }
  | { readonly kind: "stand-back"; readonly status: InstanceStatus; readonly reason: HoldReason | undefined }
  | { readonly kind: "retry"; readonly at: number; readonly status: Tries["status"]; readonly reason: HoldReason };

export function determineStep(facts: LoopFacts): Step {
  const { intent } = facts;
  if (intent.kind === "unknown") return { kind: "wait", reason: intent.hold };
  const restart = isRestartDue(facts);
  if (!restart && isAsIntended(facts)) return settledStep(facts, intent.hold);
  const missing = missingArtifact(intent.target, facts);
  if (missing !== undefined) return { kind: "rest", status: "held", reason: missing };
  return triedStep(facts, restart) ?? { kind: "apply", target: intent.target, restart };
}

/** Of an instance on which what is intended was applied. */
export function settledStep(facts: LoopFacts, hold: HoldReason | undefined): Step {
  const { observed, process } = facts;
  if (process?.state === "stalled") return { kind: "rest", status: "stalled", reason: { code: "crash-loop", message: process.message ?? "the process keeps crashing" } };
  if (process?.state === "restarting") return { kind: "rest", status: "reconciling", reason: { code: "restarting", message: process.message ?? "the process exited and is being restarted" } };
  if (hold !== undefined) return { kind: "rest", status: "held", reason: hold };
  const drift = observed === undefined ? undefined : observedDrift(facts, observed);
  if (drift === undefined) return { kind: "rest", status: "in-sync", reason: undefined };
  const { now, settlesAt = -Infinity } = facts;
  return settlesAt > now ? { kind: "retry", at: settlesAt, status: "reconciling", reason: { code: APPLYING, message: `the commands ended, and what they asked for doesn't show yet: ${drift.message}` } } : { kind: "rest", status: "drifted", reason: drift };
}

function observedDrift(facts: LoopFacts, observed: ObservedVersion): HoldReason | undefined {
  const wanted = facts.intent.kind === "unknown" ? undefined : facts.intent.target.version;
  if (wanted === undefined || observed.version === wanted) return undefined;
  if (observed.version === undefined) return { code: "unobservable", message: observed.problem ?? "the running version can't be read" };
  const next = facts.lead === undefined ? "rollpin only observes this instance: whoever deploys it must act" : "somebody else changed it, or the commands did not do what they said: `rollpin restart` runs them again";
  return { code: "version", message: `runs ${observed.version}, pinned is ${wanted}; ${next}` };
}

/** Whether what was applied, and what runs, is what is meant. */
function isAsIntended(facts: LoopFacts): boolean {
  const { applied, intent, process, drift } = facts;
  if (intent.kind === "unknown") return true;
  if (process !== undefined && intent.target.version !== undefined) {
    // Without Consul's word, or a person's on this host, a living process is never exchanged.
    if (intent.kind === "remembered" && intent.local === undefined && process.state === "running" && process.version !== intent.target.version) return true;
    if (process.state === "none" || process.version !== intent.target.version) return false;
    // Found dead at this agent's start and being started again: a second one beside it would be its rival.
    if (applied === undefined && process.state === "restarting") return true;
  }
  return drift === undefined && applied !== undefined && isSameTarget(applied.target, intent.target);
}

function isRestartDue({ applied, before, intent }: LoopFacts): boolean {
  const last = applied ?? before;
  return intent.kind === "consul" && last !== undefined && intent.restartRevision > last.revision;
}

export const NO_ARTIFACT = "no-artifact";

export function missingArtifact(target: Target, { artifacts, strays = [] }: LoopFacts): HoldReason | undefined {
  if (target.version === undefined || artifacts === undefined || artifacts.includes(target.version)) return undefined;
  const stray = strays.find(({ version }) => version === target.version);
  if (stray !== undefined) return { code: NO_ARTIFACT, message: `version ${target.version} can't run here: ${stray.why}` };
  const have = artifacts.length === 0 ? "none" : artifacts.slice(-8).join(", ");
  return { code: NO_ARTIFACT, message: `version ${target.version} has no artifact on this instance (it has ${have}); deliver it, or pin another version` };
}

/** Nothing where the next try is due now. */
function triedStep({ intent, now, tries }: LoopFacts, restart: boolean): Step | undefined {
  if (tries === undefined || intent.kind === "unknown" || !isSameTarget(tries.target, intent.target)) return undefined;
  if (restart && intent.kind === "consul" && intent.restartRevision > tries.revision) return undefined;
  if (tries.spent) return { kind: "rest", status: "stalled", reason: tries.reason };
  return tries.nextAt > now ? { kind: "retry", at: tries.nextAt, status: tries.status, reason: tries.reason } : undefined;
}
