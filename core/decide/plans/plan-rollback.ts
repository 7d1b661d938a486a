import type { ServiceFacts } from "../../model/facts.ts";
import { parseTrack } from "../../model/names.ts";
import type { RollbackRequest } from "../../model/requests.ts";
import type { Refusal } from "../../model/plan.ts";
import { type Result, err } from "../../model/result.ts";
import { isBeforeAll, isMoment, returnToTime } from "../rollback/return-to-time.ts";
import { unknownAt } from "../rollback/kept-revision.ts";
import { rollBackService } from "../rollback/roll-back-service.ts";
import type { Together } from "../rollback/go-together.ts";
import { type PlanContext, type Planned, refuseUsage } from "./assemble-plan.ts";
import { type ServiceShare, planEach } from "./plan-each.ts";
import type { KnownService } from "./service-change.ts";

/**
 * Puts services back to releases that may be trusted, all of them in one plan or none. Every service that was named has
 * the version that it leaves condemned, unless the request says otherwise; services that go along because releases
 * require it have nothing condemned.
 */
export function planRollback(facts: readonly ServiceFacts[], request: RollbackRequest, context: PlanContext): Planned {
  const unusable = refuseRequest(facts, request);
  if (unusable !== undefined) return refuseUsage(unusable);
  if (isMoment(request) && isBeforeAll(facts, request)) return unknownAt(facts, request.target.at);
  const { together } = context;
  const missing = [...(together?.moves.keys() ?? [])].filter((service) => !facts.some((one) => one.service === service));
  if (missing.length > 0) return err({ kind: "conflict", message: `what releases require changed meanwhile: ${missing.join(", ")} would have to go back too; run the command again` });
  return planEach("rollback", facts, (known) => goBack(known, requestFor(known, request, together), context, together?.why.get(known.facts.service)), together === undefined ? [] : [together.check]);
}

function goBack(known: KnownService, request: RollbackRequest, context: PlanContext, along: string | undefined): Result<ServiceShare, Refusal> {
  return isMoment(request) ? returnToTime(known, request, context) : rollBackService(known, request, context, along);
}

/** A service that was named goes where it would go alone, unless another version is better for all. */
function requestFor({ facts: { service } }: KnownService, request: RollbackRequest, together: Together | undefined): RollbackRequest {
  const version = together?.moves.get(service)?.version;
  if (version === undefined) return request;
  if (!request.services.includes(service)) return { ...request, target: { kind: "version", text: version }, condemn: false };
  return { ...request, target: request.target.kind === "default" ? { kind: "default", version } : request.target };
}

function refuseRequest(facts: readonly ServiceFacts[], { target, track }: RollbackRequest): string | undefined {
  const named = parseTrack(track);
  if (!named.ok) return named.fault;
  if (facts.length === 0) return "a rollback needs a service";
  if (target.kind === "revision" && facts.length > 1) return "--revision takes one service: each has revisions of its own";
  if (target.kind === "steps" && !(Number.isInteger(target.steps) && target.steps >= 1)) return "--steps takes a whole number from 1";
  return undefined;
}
