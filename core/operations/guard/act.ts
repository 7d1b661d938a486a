/** From what was found to what is done about it: brake, plan, and one transaction for both the plan and the record of it. */
import { type Clock, isoTime } from "../../clock.ts";
import type { Policy } from "../../config/policy-schema.ts";
import { boundEvidence } from "../../decide/guard/bound-evidence.ts";
import { type Brake, applyBrake } from "../../decide/guard/brake.ts";
import type { Chosen } from "../../decide/guard/choose-deed.ts";
import { type Watched, findSuspects } from "../../decide/guard/find-suspects.ts";
import type { Finding } from "../../decide/guard/judge.ts";
import { NO_STATE, isTold, nextState, whatOf } from "../../decide/guard/next-state.ts";
import { type NotPlanned, planDeed } from "../../decide/guard/plan-deed.ts";
import { sayAction } from "../../decide/guard/say-action.ts";
import { determineCurrent } from "../../decide/current.ts";
import type { ServiceFacts, Stored } from "../../model/facts.ts";
import type { StoreFault } from "../../model/fault.ts";
import type { GuardAction, GuardState } from "../../model/guard-records.ts";
import type { Plan } from "../../model/plan.ts";
import type { Reading } from "../../model/reading.ts";
import { consulTime } from "../../store/consul-time.ts";
import type { Operation, Store } from "../../store/port.ts";
import { adoptFlips } from "../adopt-flips.ts";
import { type ApplyFault, describeApplyFault, isConflict } from "../apply-fault.ts";
import { applyWhole } from "../apply-whole.ts";
import { planCommit } from "../compose-transaction.ts";
import { gatherFacts } from "../gather.ts";
import { sendUntilKnown } from "../send-until-known.ts";
import { type GatheredDeed, gatherDeed } from "./gather-deed.ts";
import { recordAction } from "./record-action.ts";

/** Who history names. */
export const GUARD = "guard";

export interface ActDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly planSuffix: () => string;
  /** The agent that guards. */
  readonly by: string;
  readonly session: string;
  readonly signal: AbortSignal;
}

/** What was found, and what the policy says about it. */
export interface Case {
  readonly watched: Watched;
  readonly finding: Exclude<Finding, { readonly kind: "well" }>;
  readonly readings: Readonly<Record<string, Reading>>;
  readonly chosen: Chosen;
  readonly policy: Policy;
  readonly policyDigest: string;
  readonly state: Stored<GuardState> | undefined;
}

export type Acted =
  /** It was dealt with before. */
  | { readonly kind: "nothing" }
  /** Somebody changed something meanwhile: look again. */
  | { readonly kind: "again"; readonly why: string }
  | { readonly kind: "recorded"; readonly action: GuardAction }
  | { readonly kind: "fault"; readonly message: string };

export async function act(deps: ActDeps, found: Case): Promise<Acted> {
  const { deed } = found.chosen;
  if (deed === "page" || deed === "pause") return applyBrake(brakeFacts(deps, found, undefined, [])).kind === "over" ? NOTHING : record(deps, found, { outcome: "paged", code: deed });
  const own = await gatherOwn(deps, found);
  if (own.kind !== "facts") return own;
  const gathered = await gatherDeed(deps.store, own.facts, found.watched.suspect, found.chosen, deps.signal);
  if (!gathered.ok) return faultOf(gathered.fault);
  const brake = applyBrake(brakeFacts(deps, found, own.facts, gathered.value.group));
  if (brake.kind === "over") return NOTHING;
  const now = consulTime(deps.store, deps.clock);
  const planned = planDeed(found.watched.suspect, found.chosen, gathered.value.facts, { ...gathered.value.context, now }, reasonOf(found));
  if (brake.kind === "hold") return holdBack(deps, found, brake, planned.ok ? planned.value : undefined);
  if (!planned.ok) return refused(deps, found, planned.fault);
  return carryOut(deps, found, planned.value, gathered.value);
}

const NOTHING: Acted = { kind: "nothing" };

function faultOf(fault: StoreFault): Acted {
  return { kind: "fault", message: describeApplyFault({ kind: "store", fault }) };
}

function brakeFacts({ clock, store }: ActDeps, { chosen, policy, state, watched }: Case, facts: ServiceFacts | undefined, group: readonly GuardState[]) {
  return { deed: chosen.deed, cause: watched.cause, state: state?.value ?? NO_STATE, group, freeze: facts?.head?.value.freeze, policy, now: consulTime(store, clock) };
}

/** History keeps so much of a reason. */
const LONGEST_REASON = 1_000;

function reasonOf({ finding, state, watched }: Case): string {
  const number = (state?.value.actions ?? 0) + 1;
  return `${finding.summary.slice(0, LONGEST_REASON)} (rollpin guard explain ${watched.suspect.service} ${number})`;
}

/** Facts as they are now. Where the suspect is no longer what stands there, what was found is over. */
async function gatherOwn({ clock, planSuffix, signal, store }: ActDeps, { watched: { cause, suspect } }: Case): Promise<Acted | { readonly kind: "facts"; readonly facts: ServiceFacts }> {
  const facts = await gatherFacts(store, suspect.service, { signal });
  if (!facts.ok) return faultOf(facts.fault);
  if (determineCurrent(facts.value, store.prefix).flipped.length > 0) {
    const adopted = await adoptFlips(store, facts.value, { now: clock.now(), planSuffix: planSuffix() }, { clock, signal });
    return adopted.ok ? { kind: "again", why: `${suspect.service} was changed by hand` } : { kind: "fault", message: describeApplyFault(adopted.fault) };
  }
  const stands = findSuspects(facts.value).some((one) => one.cause === cause);
  return stands ? { kind: "facts", facts: facts.value } : { kind: "again", why: `${suspect.service} was moved away from ${suspect.version} meanwhile` };
}

interface Ending {
  readonly outcome: GuardAction["outcome"];
  readonly code: string;
  readonly why?: string;
  readonly latches?: boolean;
  readonly plan?: Plan | undefined;
}

function holdBack(deps: ActDeps, found: Case, { code, latches, outcome, why }: Extract<Brake, { kind: "hold" }>, plan: Plan | undefined): Promise<Acted> {
  return record(deps, found, { outcome, code, why, latches, plan });
}

async function refused(deps: ActDeps, found: Case, { code, kind, message }: NotPlanned): Promise<Acted> {
  return kind === "again" ? { kind: "again", why: message } : record(deps, found, { outcome: "refused", code, why: message });
}

/** What is only recorded: once for each cause. */
async function record(deps: ActDeps, found: Case, ending: Ending): Promise<Acted> {
  const composed = compose(deps, found, ending);
  if (composed === undefined) return NOTHING;
  const sent = await sendUntilKnown(deps.store, composed.operations, { clock: deps.clock, signal: deps.signal });
  // Whoever looks next sees in the state whether a doubtful one was done.
  if (sent.kind === "done") return { kind: "recorded", action: composed.action };
  return sent.fault.kind === "conflict" ? { kind: "again", why: "somebody else wrote for this guard" } : faultOf(sent.fault);
}

function compose({ by, clock, session, store }: ActDeps, { chosen, finding, policyDigest, readings, state, watched }: Case, { code, latches = false, outcome, plan, why }: Ending, committed?: Pick<GuardAction, "plan" | "services">): { readonly action: GuardAction; readonly operations: readonly Operation[] } | undefined {
  const former = state?.value ?? NO_STATE;
  const what = whatOf({ deed: chosen.deed, finding: findingOf(finding), outcome }, code);
  if (isTold(former, watched.cause, what)) return undefined;
  const bare = { deed: chosen.deed, finding: findingOf(finding), outcome, suspect: watched.suspect, ...(why === undefined ? {} : { why }) };
  const action: GuardAction = {
    ...bare,
    action: former.actions + 1,
    at: isoTime(consulTime(store, clock)),
    by,
    cause: watched.cause,
    readings: boundEvidence(readings),
    policy: { line: chosen.line, digest: policyDigest },
    ...committed,
    says: sayAction(bare, plan),
  };
  const recorded = { service: watched.suspect.service, session, former: state, next: nextState(former, action, { what, latches }) };
  return { action, operations: recordAction(action, recorded) };
}

function findingOf(finding: Case["finding"]): GuardAction["finding"] {
  return { ...finding, signals: [...finding.signals] };
}

/** The plan, the record of it, and what the brake counted: all of it or nothing. */
async function carryOut(deps: ActDeps, found: Case, plan: Plan, { unmoved }: GatheredDeed): Promise<Acted> {
  const { clock, store } = deps;
  const who = { by: GUARD, reason: reasonOf(found), now: clock.now(), planSuffix: deps.planSuffix() };
  const { id, revisions } = planCommit(plan, who);
  const composed = compose(deps, found, { outcome: "done", code: "", plan }, { plan: id, services: { ...revisions } });
  if (composed === undefined) return NOTHING;
  const applied = await applyWhole(store, plan, who, { clock, signal: deps.signal, beside: [...composed.operations, ...unmoved] });
  if (applied.ok) return { kind: "recorded", action: composed.action };
  return afterFault(deps, found, applied.fault);
}

async function afterFault(deps: ActDeps, found: Case, fault: ApplyFault): Promise<Acted> {
  if (isConflict(fault)) return { kind: "again", why: describeApplyFault(fault) };
  const denied = fault.kind === "store" && fault.fault.kind === "denied";
  if (fault.kind === "refusal" || denied) return refused(deps, found, { kind: "refused", code: fault.kind === "refusal" && fault.refusal.kind === "refused" ? fault.refusal.check : "denied", message: describeApplyFault(fault) });
  // Not done, or only half: the next look sees in the state which, and an operation of the guard's is resumed.
  return { kind: "fault", message: describeApplyFault(fault) };
}

