import type { ServiceFacts } from "../../model/facts.ts";
import { parseTrack } from "../../model/names.ts";
import type { RollbackRequest } from "../../model/requests.ts";
import { rollBackService } from "../rollback/roll-back-service.ts";
import { type PlanContext, type Planned, refuseUsage } from "./assemble-plan.ts";
import { planEach } from "./plan-each.ts";

/**
 * Puts services back to releases that may be trusted, all of them in one plan or none. Every service here was named, so
 * every version that is left is condemned, unless the request says otherwise.
 */
export function planRollback(facts: readonly ServiceFacts[], request: RollbackRequest, context: PlanContext): Planned {
  const unusable = refuseRequest(facts, request);
  if (unusable !== undefined) return refuseUsage(unusable);
  return planEach("rollback", facts, (known) => rollBackService(known, request, context));
}

function refuseRequest(facts: readonly ServiceFacts[], { target, track }: RollbackRequest): string | undefined {
  const named = parseTrack(track);
  if (!named.ok) return named.fault;
  if (facts.length === 0) return "a rollback needs a service";
  if (target.kind === "revision" && facts.length > 1) return "--revision takes one service: each has revisions of its own";
  if (target.kind === "steps" && !(Number.isInteger(target.steps) && target.steps >= 1)) return "--steps takes a whole number from 1";
  return undefined;
}
