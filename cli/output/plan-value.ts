import type { Plan, ServicePlan, VerdictChange } from "../../core/model/plan.ts";
import { changesBetween } from "./state-changes.ts";

/** A plan as `-o json` shows it: all that it changes and why, without the indexes it was checked against (the fingerprint covers them). */
export function planValue(plan: Plan) {
  return {
    kind: plan.kind,
    fingerprint: plan.fingerprint,
    undoes: plan.undoes,
    services: plan.services.map(servicePlanValue),
    migrations: plan.migrations,
    checks: plan.checks.map(({ name, service, result, detail }) => ({ name, service, result, detail })),
    notes: plan.notes,
  };
}

export function planPrintable(plan: Plan): { readonly kind: "plan"; readonly plan: ReturnType<typeof planValue> } {
  return { kind: "plan", plan: planValue(plan) };
}

function servicePlanValue(service: ServicePlan) {
  return {
    service: service.service,
    why: service.why,
    revision: service.head?.value.revision ?? 0,
    changes: changesBetween(service.before, service.after),
    verdicts: service.verdicts.map(verdictValue),
    freeze: service.freeze,
    mode: service.mode,
    restart: service.restart === undefined ? undefined : { tracks: service.restart.tracks ?? "all" },
    overrides: service.overrides,
  };
}

function verdictValue({ version, before, after }: VerdictChange) {
  return { version, before: before?.verdict ?? "none", after: after?.verdict ?? "none", reason: after?.reason };
}
