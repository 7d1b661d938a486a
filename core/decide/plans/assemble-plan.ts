import type { Check, Migration, Plan, Refusal, ServicePlan } from "../../model/plan.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { Registry } from "../group/registry.ts";
import type { Together } from "../rollback/go-together.ts";
import type { TrafficFacts } from "../routing/routing-facts.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { describeMark } from "../operation/describe-operation.ts";

export type Planned = Result<Plan, Refusal>;

/** What a planner knows besides facts and request. Time comes in from outside: milliseconds since the epoch. */
export interface PlanContext {
  readonly now: number;
  /** By service, where it was gathered: for plans that move traffic. */
  readonly traffic?: ReadonlyMap<string, TrafficFacts> | undefined;
  /** Which services move together, where it was looked at: their facts are among those that are planned from. */
  readonly together?: Together | undefined;
  /** Pins and releases of all services, where they were gathered: what is moved has to get on with them. */
  readonly registry?: Registry | undefined;
}

export interface PlanDraft {
  readonly kind: Plan["kind"];
  readonly services: readonly ServicePlan[];
  readonly checks: readonly Check[];
  readonly notes?: readonly string[];
  readonly undoes?: string;
  readonly migrations?: readonly Migration[];
}

/** Ends every planner: the plan with its fingerprint, or the first check that refused, with what would have been done. */
export function assemblePlan(draft: PlanDraft): Planned {
  const overridden = (service: string): string[] => draft.checks.filter((check) => check.service === service && check.result === "overridden").map((check) => check.name);
  const services = draft.services.map((plan) => ({ ...plan, overrides: [...new Set([...plan.overrides, ...overridden(plan.service)])] }));
  const bare = { ...draft, services, notes: draft.notes ?? [] };
  const plan: Plan = { ...bare, fingerprint: fingerprintOf(bare) };
  const busy = services.find((one) => isBusy(one, draft.kind));
  if (busy?.head?.value.operation !== undefined) return err({ kind: "conflict", message: describeMark(busy.service, busy.head.value.operation) });
  const refused = draft.checks.find((check) => check.result === "refused");
  if (refused === undefined) return ok(plan);
  return err({ kind: "refused", check: refused.name, service: refused.service, message: refused.detail, plan });
}

/** Incidents go first: a rollback ends what goes forward, and waits only for what goes back itself. */
function isBusy({ head }: ServicePlan, kind: Plan["kind"]): boolean {
  const mark = head?.value.operation;
  return mark !== undefined && (kind !== "rollback" || mark.back === true);
}

export function refuseUsage(message: string): Planned {
  return err({ kind: "usage", message });
}

export function nothingToChange(message: string): Planned {
  return err({ kind: "nothing-to-change", message });
}
