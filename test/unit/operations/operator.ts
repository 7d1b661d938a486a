/** One operator at a store: plans and applies as the CLI does, so that scenarios read as what a person did. */
import { findPlan, planUndo } from "../../../core/decide/plans/plan-undo.ts";
import type { PlanContext, Planned } from "../../../core/decide/plans/assemble-plan.ts";
import { planConfig } from "../../../core/decide/plans/plan-config.ts";
import { planPin } from "../../../core/decide/plans/plan-pin.ts";
import { planRollback } from "../../../core/decide/plans/plan-rollback.ts";
import { planVerdict } from "../../../core/decide/plans/plan-verdict.ts";
import type { ServiceFacts } from "../../../core/model/facts.ts";
import type { Refusal } from "../../../core/model/plan.ts";
import type { RollbackRequest } from "../../../core/model/requests.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import { adoptFlips } from "../../../core/operations/adopt-flips.ts";
import { type AppliedPlan, type ApplyFault, type ApplyOptions, applyPlan } from "../../../core/operations/apply.ts";
import { gatherFacts } from "../../../core/operations/gather.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import type { Store } from "../../../core/store/port.ts";

export type Done = Result<AppliedPlan, Refusal | Exclude<ApplyFault, { kind: "refusal" }>>;

export interface Operator {
  register(service: string, ...versions: readonly string[]): Promise<void>;
  facts(service: string): Promise<ServiceFacts>;
  pin(service: string, version: string, more?: { readonly track?: string; readonly override?: boolean }): Promise<Done>;
  config(service: string, text: string | undefined): Promise<Done>;
  judge(service: string, version: string, verdict: "good" | "condemned" | undefined): Promise<Done>;
  rollback(services: string | readonly string[], more?: Partial<RollbackRequest>): Promise<Done>;
  /** Of the newest plan of the service, unless one is given. */
  undo(service: string, plan?: string): Promise<Done>;
  /** Any plan over fresh facts. */
  change(services: readonly string[], plan: (facts: readonly ServiceFacts[], context: PlanContext) => Planned): Promise<Done>;
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const suffix = (): string => Array.from({ length: 6 }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join("");

export function createOperator(store: Store, by = "alice", now: () => number = Date.now, options: ApplyOptions = {}): Operator {
  const facts = async (service: string): Promise<ServiceFacts> => {
    const gathered = await gatherFacts(store, service);
    if (!gathered.ok) throw new Error(JSON.stringify(gathered.fault));
    return gathered.value;
  };
  const apply = async (planned: Planned): Promise<Done> => {
    if (!planned.ok) return planned;
    const applied = await applyPlan(store, planned.value, { by, now: now(), planSuffix: suffix() }, options);
    if (applied.ok) return applied;
    return err(applied.fault.kind === "refusal" ? applied.fault.refusal : applied.fault);
  };
  const change: Operator["change"] = async (services, plan) => {
    const gathered: ServiceFacts[] = [];
    for (const service of services) {
      const before = await facts(service);
      const adopted = await adoptFlips(store, before, { now: now(), planSuffix: suffix() });
      gathered.push(adopted.ok && adopted.value === undefined ? before : await facts(service));
    }
    return apply(plan(gathered, { now: now() }));
  };
  const changeOne = (service: string, plan: (facts: ServiceFacts, context: PlanContext) => Planned): Promise<Done> => change([service], ([one], context) => plan(one as ServiceFacts, context));
  return {
    async register(service, ...versions) {
      for (const version of versions) {
        const done = await registerRelease(store, service, { version }, { by, now: now() });
        if (!done.ok) throw new Error(JSON.stringify(done.fault));
      }
    },
    facts,
    change,
    pin: (service, version, { track = "stable", override = false } = {}) => changeOne(service, (one, context) => planPin(one, { service, track, version, override }, context)),
    config: (service, text) => changeOne(service, (one, context) => planConfig(one, { service, text, override: false }, context)),
    judge: (service, version, verdict) => changeOne(service, (one, context) => planVerdict(one, { service, version, verdict, reason: undefined, override: false }, context)),
    rollback: (named, more = {}) => {
      const services = typeof named === "string" ? [named] : named;
      const request: RollbackRequest = { services, track: "stable", target: { kind: "default" }, only: undefined, condemn: true, override: false, reason: undefined, ...more };
      return change(services, (all, context) => planRollback(all, request, context));
    },
    undo: async (service, plan) => {
      const one = await facts(service);
      const id = plan ?? one.history[0]?.plan ?? "";
      const entry = findPlan(one, id);
      if (!entry.ok) return entry;
      return change(Object.keys(entry.value.services), (all, context) => planUndo(all, { plan: id, override: false }, context));
    },
  };
}

/** The answer of something that must have gone well. */
export function must(done: Done): AppliedPlan {
  if (!done.ok) throw new Error(`it was refused: ${JSON.stringify(done.fault)}`);
  return done.value;
}

/** What is wanted of any history: no gap, no duplicate, every entry starting where the one before ended unless a hand was between. */
export function describeBrokenHistory({ head, history, accepted }: ServiceFacts): Result<void, string> {
  const revisions = history.map(({ revision }) => revision);
  const wanted = Array.from({ length: head?.value.revision ?? 0 }, (_, place) => (head?.value.revision ?? 0) - place);
  if (JSON.stringify(revisions) !== JSON.stringify(wanted)) return err(`revisions ${revisions.join()} are not ${wanted.join()}`);
  const times = history.map(({ at }) => at);
  if (JSON.stringify(times) !== JSON.stringify([...times].sort().reverse())) return err(`times run backwards: ${times.join()}`);
  const last = history[0]?.after ?? { pins: {} };
  return JSON.stringify(last) === JSON.stringify(accepted) ? ok(undefined) : err("what is accepted is not what the last entry says");
}
