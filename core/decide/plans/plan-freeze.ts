import { parseIsoTime } from "../../clock.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { ServicePlan } from "../../model/plan.ts";
import type { FreezeRequest, UnfreezeRequest } from "../../model/requests.ts";
import { checkFrozen, hasExpired } from "../checks.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange, refuseUsage } from "./assemble-plan.ts";
import { keepState } from "./keep-state.ts";
import { knownService } from "./service-change.ts";

/** Holds services still. A freeze replaces a `forward` one; over one of scope `all` it must be unfrozen first. */
export function planFreeze(facts: readonly ServiceFacts[], { scope, until, reason }: FreezeRequest, { now }: PlanContext): Planned {
  if (until !== undefined && parseIsoTime(until) <= now) return refuseUsage(`a freeze until ${until} is over already; name a time to come`);
  const services: ServicePlan[] = [];
  for (const one of facts) {
    const known = knownService(one);
    if (!known.ok) return known;
    const freeze = { scope, ...(until === undefined ? {} : { until }), ...(reason === undefined ? {} : { reason }) };
    services.push({ ...keepState(known.value, `freeze (${scope})`), freeze });
  }
  return assemblePlan({ kind: "freeze", services, checks: facts.map((one) => checkFrozen(one, "back", false, now)) });
}

/** Ends freezes, also those that have ended by themselves and still stand in the head. */
export function planUnfreeze(facts: readonly ServiceFacts[], _request: UnfreezeRequest, { now }: PlanContext): Planned {
  const services: ServicePlan[] = [];
  for (const one of facts) {
    const known = knownService(one);
    if (!known.ok) return known;
    const { freeze } = known.value.head.value;
    if (freeze === undefined) continue;
    const why = hasExpired(freeze, now) ? `clear away the freeze by ${freeze.by}, which ended at ${freeze.until}` : `end the freeze (${freeze.scope}) by ${freeze.by} since ${freeze.at}`;
    services.push({ ...keepState(known.value, why), freeze: null });
  }
  if (services.length === 0) return nothingToChange(`${facts.map(({ service }) => service).join(", ")}: not frozen`);
  return assemblePlan({ kind: "unfreeze", services, checks: [] });
}
