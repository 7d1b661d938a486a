import type { ServicePlan } from "../../model/plan.ts";
import type { KnownService } from "./service-change.ts";

/** A service's share of a plan that changes nothing that runs and gets no revision. Flips stay unrecorded. */
export function keepState({ facts, head }: KnownService, why: string): ServicePlan {
  return {
    service: facts.service,
    why,
    head: { value: head.value, modifyIndex: head.modifyIndex },
    before: facts.accepted,
    after: facts.accepted,
    recorded: false,
    writes: [],
    verdicts: [],
    overrides: [],
  };
}
