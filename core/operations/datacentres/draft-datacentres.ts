/** What was asked of several datacentres as an operation of one step for each, kept in the first. */
import { formatPlanId } from "../../decide/plan-id.ts";
import { fingerprintOfAll } from "../../decide/fingerprint.ts";
import type { DatacentreStep, OperationRecord } from "../../model/operation.ts";
import type { Plan } from "../../model/plan.ts";
import { type Asked, servicesAsked } from "../../model/requests.ts";
import { type OperationDraft, aboutServices } from "../journal/draft-operation.ts";

export interface AskedOfSeveral {
  readonly asked: Asked;
  readonly by: string;
  /** ISO time, by Consul's clock: when it was looked at what stands there. */
  readonly at: string;
  /** In the order in which they are changed; the journal is kept in `journal`. `plan` is absent where one couldn't be reached. */
  readonly datacentres: readonly { readonly datacentre: string; readonly plan: Plan | undefined }[];
  readonly journal: string;
  /** Another 6 random base32 characters each time. */
  readonly planSuffix: () => string;
}

/** It marks no head: each datacentre's plan meets the others there in a transaction of its own. */
export function draftDatacentres({ asked, at, by, datacentres, journal, planSuffix }: AskedOfSeveral): OperationDraft {
  const steps = datacentres.map(({ datacentre, plan }): DatacentreStep => ({
    kind: "datacentre",
    datacentre,
    asked,
    ...(plan === undefined ? {} : { fingerprint: plan.fingerprint }),
    services: plan === undefined ? [...servicesAsked(asked)] : plan.services.map(({ service }) => service),
    suffix: planSuffix(),
  }));
  const record: OperationRecord = {
    id: idOf(asked, datacentres.find(({ plan }) => plan !== undefined)?.plan, planSuffix()),
    kind: kindOf(asked),
    by,
    ...(asked.reason === undefined ? {} : { reason: asked.reason }),
    at,
    fingerprint: fingerprintOfAll(steps.map(({ datacentre, fingerprint }) => ({ datacentre, fingerprint }))),
    services: {},
    steps: steps.map(({ datacentre, kind, services }) => ({ kind, about: `${aboutServices(services)} in ${datacentre}` })),
    phase: "reserving",
    next: 0,
    marked: 0,
    datacentre: journal,
  };
  return { record, steps };
}

/** As a plan's of the first service, under an end of its own: each datacentre's plan has another. */
function idOf(asked: Asked, plan: Plan | undefined, suffix: string): string {
  const first = plan?.services[0];
  return formatPlanId(first?.service ?? servicesAsked(asked)[0] ?? "", (first?.head?.value.revision ?? 0) + 1, suffix);
}

function kindOf(asked: Asked): OperationRecord["kind"] {
  return asked.verb === "failover" && !asked.active ? "failback" : asked.verb;
}
