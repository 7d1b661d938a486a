import { parseRoutes, parseWrittenRoutes, routesOf, sayFaults } from "../../config/parse-routes.ts";
import type { WrittenRoutes } from "../../config/routes-schema.ts";
import { writeRoutes } from "../../config/write-routes.ts";
import { pinOf, withPart } from "../../model/desired.ts";
import { STABLE } from "../../model/names.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { Check, Plan } from "../../model/plan.ts";
import type { FailoverRequest, RoutesRequest, ShiftRequest } from "../../model/requests.ts";
import { NO_ROUTES, type Routes, type ShareTarget } from "../../model/routes.ts";
import { parseShareTarget } from "../../model/share-target.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { type Direction, checkFrozen, checkRestored } from "../checks.ts";
import { percent } from "../routing/determine-failover.ts";
import { failBack, failOver, shiftBack, shiftTo, writePinFor } from "../routing/edit-routes.ts";
import type { TrafficFacts } from "../routing/routing-facts.ts";
import { checkFailover, checkLive, checkNamed, checkRouters, targetsOf } from "../traffic-checks.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange, refuseUsage } from "./assemble-plan.ts";
import { type KnownService, changeService, clearVerdict, knownService, noteHands } from "./service-change.ts";

/** Replaces or removes the whole document. */
export function planRoutes(facts: ServiceFacts, { override, text }: RoutesRequest, context: PlanContext): Planned {
  const known = knownService(facts);
  if (!known.ok) return known;
  const routes = text === undefined ? ok(NO_ROUTES) : parseRoutes(text, "routes");
  if (!routes.ok) return refuseUsage(`the routes aren't right: ${sayFaults(routes.fault)}`);
  const { value } = routes;
  const self = selfFailover(facts.service, value);
  if (self !== undefined) return refuseUsage(self);
  const targets = targetsOf(value);
  const why = text === undefined ? "remove the routes: all traffic goes to the pin" : `set the routes: ${describeRoutes(value)}`;
  const checks = (traffic: TrafficFacts): readonly Check[] => [
    ...checkNamed(known.value, targets, override),
    checkLive(known.value, value, targets, traffic, override),
    ...(value.failover?.active === true ? [checkFailover(value, facts.service, traffic, override)] : []),
    checkRouters(facts.service, value, traffic),
  ];
  return finish(known.value, { kind: "routes", text, why, direction: "forward", override, targets, checks }, context);
}

/** Gives one name a share of what no rule matches, or all of that back to the pin. */
export function planShift(facts: ServiceFacts, { away, override, to }: ShiftRequest, context: PlanContext): Planned {
  const known = knownService(facts);
  if (!known.ok) return known;
  const written = writtenOf(known.value);
  if (!written.ok) return refuseUsage(written.fault);
  const back = { kind: "shift", why: "all that no rule matches goes to the pin", direction: "back", override, targets: [], checks: () => [] } as const;
  if (to === undefined) return finishEdit(known.value, shiftBack(written.value), back, context);
  const target = parseShareTarget(to.name);
  if (!target.ok) return refuseUsage(target.fault);
  if (to.name === "pin" || to.name === pinOf(known.value.current.state, STABLE)) return refuseUsage(`${to.name} is what takes all that isn't shifted: shift another's share down, or run "rollpin route shift ${facts.service} --back"`);
  const shifted = shiftTo(written.value, to.name, to.percentage);
  if (!shifted.ok) return refuseUsage(shifted.fault.replace("<service>", facts.service));
  const routes = routesOf(shifted.value);
  const targets = to.percentage === 0 ? [] : [target.value];
  const checks = (traffic: TrafficFacts): readonly Check[] => [...checkNamed(known.value, targets, override), checkLive(known.value, routes, targets, traffic, override), checkRouters(facts.service, routes, traffic)];
  return finishEdit(known.value, shifted.value, { kind: "shift", why: `${to.name} gets ${to.percentage}% of what no rule matches`, direction: to.percentage === 0 || away === true ? "back" : "forward", override, targets, checks }, context);
}

/** Lets the failover of the routes take over, or hands back what it took. */
export function planFailover(facts: ServiceFacts, { active, override, to }: FailoverRequest, context: PlanContext): Planned {
  const known = knownService(facts);
  if (!known.ok) return known;
  const written = writtenOf(known.value);
  if (!written.ok) return refuseUsage(written.fault);
  if (!active) return finishEdit(known.value, failBack(written.value), { kind: "failback", why: "the failover hands back", direction: "back", override, targets: [], checks: () => [] }, context);
  const edited = failOver(written.value, to);
  if (edited === undefined) return refuseUsage(`the routes of ${facts.service} name no failover: say where to with --to <service | track:name>`);
  const routes = routesOf(edited);
  const self = selfFailover(facts.service, routes);
  if (self !== undefined) return refuseUsage(self);
  const checks = (traffic: TrafficFacts): readonly Check[] => [checkFailover(routes, facts.service, traffic, override), checkRouters(facts.service, routes, traffic)];
  return finishEdit(known.value, edited, { kind: "failover", why: `${edited.failover?.to} takes over all traffic`, direction: "back", override, targets: [], checks }, context);
}

interface Draft {
  readonly kind: Plan["kind"];
  readonly text: string | undefined;
  readonly why: string;
  /** What leads away from trouble passes a freeze of scope `forward`. */
  readonly direction: Direction;
  readonly override: boolean;
  /** What it gives traffic to. */
  readonly targets: readonly ShareTarget[];
  /** Looked at where traffic was gathered. */
  readonly checks: (traffic: TrafficFacts) => readonly Check[];
}

/** `edited` is of the routes that stand there, so they can be read. */
function finishEdit(known: KnownService, edited: WrittenRoutes, draft: Omit<Draft, "text">, context: PlanContext): Planned {
  return finish(known, { ...draft, text: writeRoutes(known.current.state.routes, edited) }, context);
}

function finish(known: KnownService, { checks, direction, kind, override, targets, text, why }: Draft, { now, traffic }: PlanContext): Planned {
  const { current, facts } = known;
  if (current.state.routes === text && !current.refused.some(({ part }) => part === "routes")) return nothingToChange(text === undefined ? `${facts.service} has no routes` : `the routes of ${facts.service} are this already`);
  const seen = traffic?.get(facts.service);
  // A condemned version gets here by an override only.
  const verdicts = targets.flatMap((target) => (target.kind === "version" ? clearVerdict(facts, target.version) : []));
  return assemblePlan({
    kind,
    services: [changeService(known, { why, after: withPart(current.state, "routes", text), concerns: (part) => part === "routes", verdicts, back: direction === "back" })],
    checks: [checkFrozen(facts, direction, override, now), checkRestored(facts), ...(seen === undefined ? [] : checks(seen))],
    notes: noteHands(known),
  });
}

/** The document that goes on, with `pin` for every name that means it: writing it anew ends what the head kept beside it. */
function writtenOf({ current, facts, head }: KnownService): Result<WrittenRoutes, string> {
  const { routes } = current.state;
  if (routes === undefined) return ok({});
  const read = parseWrittenRoutes(routes, "routes");
  if (!read.ok) return err(`the routes of ${facts.service} can't be read, so they can't be edited: ${sayFaults(read.fault)}; write them anew with "rollpin route set"`);
  const pin = pinOf(current.state, STABLE);
  return ok(writePinFor(read.value, new Set([...(pin === undefined ? [] : [pin]), ...(head.value.left ?? [])])));
}

function selfFailover(service: string, { failover }: Routes): string | undefined {
  return failover?.to.kind === "service" && failover.to.service === service ? `a failover to ${service} itself takes nothing over: name another service, or track:<name>` : undefined;
}

function describeRoutes({ failover, rules, split, sticky }: Routes): string {
  const total = (split ?? []).reduce((sum, { weight }) => sum + weight, 0);
  const shares = (split ?? []).map(({ target, weight }) => `${target.text} ${percent(weight / total)}`);
  return [
    shares.length === 0 ? "all to the pin" : shares.join(", "),
    ...(rules.length === 0 ? [] : [`${rules.length} ${rules.length === 1 ? "rule" : "rules"}`]),
    ...(sticky === undefined ? [] : [`sticky by ${sticky.from} ${sticky.name}`]),
    ...(failover === undefined ? [] : [`failover to ${failover.to.kind === "track" ? `track ${failover.to.track}` : failover.to.service}${failover.active ? ", on" : ""}`]),
  ].join("; ");
}
