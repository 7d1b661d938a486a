import type { Plan, ServicePlan, VerdictChange } from "../../core/model/plan.ts";
import type { Asked } from "../../core/model/requests.ts";
import { headKey, partKey, verdictKey } from "../../core/store/keys.ts";
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

/** With what was asked for, where `rollpin apply` can make the same plan again. */
export function planPrintable(plan: Plan, asked: Asked | undefined) {
  return { kind: "plan", plan: { ...planValue(plan), request: asked } } as const;
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
    asOf: service.asOf,
    blast: service.blast,
    reads: readsOf(service),
  };
}

/** Every key that is compared when the plan is applied, and the index it was read at; null where it wasn't there. */
function readsOf({ expects = [], head, service, verdicts, writes }: ServicePlan): readonly KeyRead[] {
  return [
    { key: headKey(service), index: head?.modifyIndex ?? null },
    ...[...writes, ...expects].map(({ modifyIndex, part }) => ({ key: partKey(service, part), index: modifyIndex ?? null })),
    ...verdicts.map(({ modifyIndex, version }) => ({ key: verdictKey(service, version), index: modifyIndex ?? null })),
  ];
}

export interface KeyRead {
  /** Below the prefix. */
  readonly key: string;
  readonly index: number | null;
}

function verdictValue({ version, before, after }: VerdictChange) {
  return { version, before: before?.verdict ?? "none", after: after?.verdict ?? "none", reason: after?.reason };
}
