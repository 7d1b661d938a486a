import type { Plan, ServicePlan, VerdictChange } from "../model/plan.ts";
import { type Canonical, canonical, sha256 } from "./digest.ts";

/**
 * SHA-256 over the plan's sorted writes and the indexes it read: two plans with one fingerprint do the same to the same
 * keys. No time, id, operator or reason is in it, so that a dry run and the run after it can be compared.
 */
export function fingerprintOf(plan: Omit<Plan, "fingerprint">): string {
  const services = [...plan.services].sort((a, b) => (a.service < b.service ? -1 : 1)).map(effectsOf);
  return sha256(canonical({ kind: plan.kind, services, undoes: plan.undoes, migrations: plan.migrations?.map(({ service, from, to }) => ({ service, from, to })) }));
}

/** Of one plan for each of several datacentres, in their order; undefined where one could not be planned. */
export function fingerprintOfAll(plans: readonly { readonly datacentre: string; readonly fingerprint: string | undefined }[]): string {
  return sha256(canonical(plans.map(({ datacentre, fingerprint }) => ({ datacentre, fingerprint }))));
}

function effectsOf(plan: ServicePlan): Canonical {
  return {
    service: plan.service,
    head: plan.head?.modifyIndex,
    recorded: plan.recorded,
    writes: byName(plan.writes.map(({ part, text, modifyIndex }) => ({ name: part, text, modifyIndex }))),
    expects: byName((plan.expects ?? []).map(({ part, modifyIndex }) => ({ name: part, modifyIndex }))),
    verdicts: byName(plan.verdicts.map(describeVerdict)),
    freeze: plan.freeze === undefined || plan.freeze === null ? plan.freeze : plan.freeze.scope,
    above: plan.above,
    left: plan.left,
    mode: plan.mode,
    schema: plan.schema,
    restart: plan.restart === undefined ? undefined : { tracks: plan.restart.tracks },
  };
}

function describeVerdict({ version, modifyIndex, after }: VerdictChange): { name: string; [key: string]: Canonical } {
  return { name: version, modifyIndex, verdict: after?.verdict };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
}
