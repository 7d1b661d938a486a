/** A rollout's moves, each with its record in one transaction: done once, whoever does it and whoever dies meanwhile. */
import { type Clock, isoTime } from "../../clock.ts";
import { determineCurrent } from "../../decide/current.ts";
import type { Planned } from "../../decide/plans/assemble-plan.ts";
import { planVerdict } from "../../decide/plans/plan-verdict.ts";
import { endRollout, pauseRollout, takeStep } from "../../decide/rollout/determine-move.ts";
import { planRolloutBack, planRolloutStep } from "../../decide/rollout/plan-rollout.ts";
import type { ServiceFacts, Stored } from "../../model/facts.ts";
import type { GuardAction } from "../../model/guard-records.ts";
import type { Plan, Refusal } from "../../model/plan.ts";
import type { Rollout } from "../../model/rollout.ts";
import { consulTime } from "../../store/consul-time.ts";
import type { Operation, Store } from "../../store/port.ts";
import { describeApplyFault, isConflict } from "../apply-fault.ts";
import { applyPlan } from "../apply.ts";
import { planCommit } from "../compose-transaction.ts";
import { gatherRegistry } from "../gather-registry.ts";
import { gatherTraffic } from "../gather-traffic.ts";
import { sendUntilKnown } from "../send-until-known.ts";
import type { RecordedDeed } from "./record-rollout-deed.ts";
import { replaceRollout } from "./rollout-record.ts";

export interface CarryDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly planSuffix: () => string;
  /** Who history names. */
  readonly by: string;
  readonly signal: AbortSignal;
  /** What must hold besides, such as that this agent still guards the service. */
  readonly fence: readonly Operation[];
  /** What people are to be told of it, written in the transaction that does it. Undefined: nothing. */
  readonly record: (before: Rollout, after: Rollout, now: number, committed?: Pick<GuardAction, "plan" | "services">) => RecordedDeed | undefined;
}

export type Carried =
  | { readonly kind: "moved"; readonly rollout: Rollout; readonly plan?: string | undefined; readonly action?: GuardAction | undefined }
  /** What stands in its way is known and told already. */
  | { readonly kind: "stands"; readonly why: string }
  /** Somebody else changed something meanwhile: look again. */
  | { readonly kind: "again"; readonly why: string }
  | { readonly kind: "fault"; readonly message: string };

/** A step that a check refuses pauses the rollout, and says which. */
export async function carryStep(deps: CarryDeps, stored: Stored<Rollout>, facts: ServiceFacts, step: number): Promise<Carried> {
  const { clock, signal, store } = deps;
  const rollout = stored.value;
  if (determineCurrent(facts, store.prefix).flipped.length > 0) return { kind: "again", why: `${facts.service} was changed by hand` };
  const [traffic, registry] = await Promise.all([gatherTraffic(store, facts, { signal }), gatherRegistry(store, { signal })]);
  if (!traffic.ok) return { kind: "fault", message: describeApplyFault({ kind: "store", fault: traffic.fault }) };
  const now = consulTime(store, clock);
  const planned = planRolloutStep(facts, rollout, step, { now, registry: registry.ok ? registry.value : undefined, traffic: traffic.value === undefined ? undefined : new Map([[facts.service, traffic.value]]) });
  if (!planned.ok) return refused(deps, stored, planned.fault);
  return commit(deps, stored, planned.value, `rollout of ${rollout.version}`, (revision) => takeStep(rollout, revision, now));
}

/** What stood before it began, in one plan. `turned-back` condemns the version, `aborted` doesn't. */
export async function carryBack(deps: CarryDeps, stored: Stored<Rollout>, facts: ServiceFacts, state: "turned-back" | "aborted", why: string): Promise<Carried> {
  const now = consulTime(deps.store, deps.clock);
  const rollout = stored.value;
  const ended = endRollout(rollout, state, now, why);
  if (rollout.taken === 0) return writeRollout(deps, stored, ended);
  const planned = planRolloutBack(facts, rollout, state === "turned-back" ? why.slice(0, LONGEST_REASON) : undefined, { now });
  if (!planned.ok) return refused(deps, stored, planned.fault);
  return commit(deps, stored, planned.value, why.slice(0, LONGEST_REASON), (revision) => ({ ...ended, head: revision }));
}

/** Its version is called good, and it is over. */
export async function carryFinish(deps: CarryDeps, stored: Stored<Rollout>, facts: ServiceFacts): Promise<Carried> {
  const now = consulTime(deps.store, deps.clock);
  const rollout = stored.value;
  const ended = endRollout(rollout, "promoted", now);
  const planned: Planned = planVerdict(facts, { service: rollout.service, version: rollout.version, verdict: "good", reason: `its rollout stood every step (${rollout.steps.length})`, override: false }, { now });
  if (!planned.ok) return planned.fault.kind === "nothing-to-change" ? writeRollout(deps, stored, ended) : refused(deps, stored, planned.fault);
  return commit(deps, stored, planned.value, `rollout of ${rollout.version}`, () => ended);
}

const LONGEST_REASON = 1_000;

/** Only the record. */
export async function writeRollout(deps: CarryDeps, stored: Stored<Rollout>, next: Rollout): Promise<Carried> {
  const { clock, signal, store } = deps;
  const { action, moved, operations } = withRecord(deps, stored, next);
  const sent = await sendUntilKnown(store, operations, { clock, signal });
  if (sent.kind === "done") return { kind: "moved", rollout: moved, action };
  return sent.fault.kind === "conflict" ? { kind: "again", why: `the rollout of ${next.service} was moved by somebody else` } : { kind: "fault", message: describeApplyFault({ kind: "store", fault: sent.fault }) };
}

/** The record, and what is told of it. */
function withRecord({ clock, fence, record, store }: CarryDeps, stored: Stored<Rollout>, next: Rollout, committed?: Pick<GuardAction, "plan" | "services">): { readonly moved: Rollout; readonly action: GuardAction | undefined; readonly operations: readonly Operation[] } {
  const recorded = record(stored.value, next, consulTime(store, clock), committed);
  const moved = recorded === undefined ? next : { ...next, action: recorded.action.action };
  return { moved, action: recorded?.action, operations: [...fence, replaceRollout(stored, moved), ...(recorded?.operations ?? [])] };
}

async function refused(deps: CarryDeps, stored: Stored<Rollout>, refusal: Refusal): Promise<Carried> {
  if (refusal.kind === "conflict") return { kind: "again", why: refusal.message };
  const why = refusal.message.slice(0, LONGEST_REASON);
  // A person who is told of it once has it to settle: a freeze, for one, may stand for long.
  if (stored.value.paused?.why === why) return { kind: "stands", why };
  return writeRollout(deps, stored, pauseRollout(stored.value, { at: isoTime(consulTime(deps.store, deps.clock)), by: deps.by, why }));
}

async function commit(deps: CarryDeps, stored: Stored<Rollout>, plan: Plan, reason: string, after: (revision: number) => Rollout): Promise<Carried> {
  const { by, clock, planSuffix, signal, store } = deps;
  const who = { by, reason, now: clock.now(), planSuffix: planSuffix() };
  const { id, revisions } = planCommit(plan, who);
  const next = after(revisions[stored.value.service] ?? stored.value.head);
  const { action, moved, operations } = withRecord(deps, stored, next, { plan: id, services: { ...revisions } });
  const applied = await applyPlan(store, plan, who, { clock, signal, beside: operations });
  if (applied.ok) return { kind: "moved", rollout: moved, plan: id, action };
  return isConflict(applied.fault) ? { kind: "again", why: describeApplyFault(applied.fault) } : { kind: "fault", message: describeApplyFault(applied.fault) };
}
