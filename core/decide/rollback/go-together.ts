import { isoTime } from "../../clock.ts";
import { pinOf } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { STABLE } from "../../model/names.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Check } from "../../model/plan.ts";
import type { RollbackRequest } from "../../model/requests.ts";
import { passed, stopped } from "../checks.ts";
import { determineCluster } from "../group/cluster.ts";
import { whyAlong } from "../group/describe-way.ts";
import { findWayBack } from "../group/find-way-back.ts";
import type { Moves } from "../group/group-system.ts";
import { findLastGoodState } from "../group/last-good-state.ts";
import type { Registry } from "../group/registry.ts";
import { systemOfRegistry } from "../group/system-of-registry.ts";
import { knownService } from "../plans/service-change.ts";
import { walkBack } from "../walk-back.ts";
import { findTarget } from "./find-target.ts";
import { isMoment } from "./return-to-time.ts";
import type { Search } from "./target.ts";
import { trustedVersions } from "./trusted-version.ts";
import { describeNoWay } from "./ways-out.ts";

/** Where services go that go back together. */
export interface Together {
  /** By service; those that were named among them. */
  readonly moves: Moves;
  /** Why each of those that weren't named moves too. */
  readonly why: ReadonlyMap<string, string>;
  readonly check: Check;
}

/** Releases require what `stable` is pinned to. */
export function mayMoveOthers({ only, track }: RollbackRequest): boolean {
  return track === STABLE && (only === undefined || only === "pin");
}

/** Whose facts the decision needs, besides those of the named services: of a whole cluster its history. */
export function servicesLookedAt({ services, strategy }: RollbackRequest, registry: Registry): readonly string[] {
  return strategy === "maximal" ? determineCluster(registry, services) : services;
}

/**
 * Which services have to move with the named ones so that all that releases require of one another is met. Undefined
 * where nothing is to be looked at: pins of `stable` stay, or a target isn't found, which is refused elsewhere.
 */
export function determineTogether(facts: readonly ServiceFacts[], request: RollbackRequest, registry: Registry): Together | undefined {
  if (!mayMoveOthers(request)) return undefined;
  const named = new Map<string, readonly string[]>();
  for (const one of facts.filter(({ service }) => request.services.includes(service))) {
    const versions = versionsFor(one, request);
    // At a moment some services stay where they are, and must: nothing else was asked for.
    if (versions.length === 0 && !isMoment(request)) return undefined;
    named.set(one.service, versions);
  }
  return request.strategy === "maximal" && !isMoment(request) ? lastGoodState(facts, named, request, registry) : wayBack(named, request, registry);
}

type Named = ReadonlyMap<string, readonly string[]>;

function wayBack(named: Named, request: RollbackRequest, registry: Registry): Together | undefined {
  const moving = [...named].flatMap(([service, versions]) => (versions.length === 0 ? [] : [service])).sort();
  if (moving.length === 0) return undefined;
  const system = systemOfRegistry(registry, { named, withSchema: request.withSchema === true });
  const way = findWayBack(system, moving, request.strategy === "minimal" ? "minimal" : "best");
  const [first = ""] = request.services;
  if (way.kind !== "found") return { moves: new Map(), why: new Map(), check: stopped("requires", first, request.override, `${describeNoWay(way, registry, named, request.withSchema === true)}; or go on with --override`) };
  const along = alongIn(way.moves, named);
  return { moves: way.moves, why: whyAlong(system, way.moves, along), check: passed("requires", first, along.length === 0 ? "every requirement of releases is met without another service" : `every requirement of releases is met with ${along.join(", ")}`) };
}

/** `facts` hold every service of the cluster. */
function lastGoodState(facts: readonly ServiceFacts[], named: Named, request: RollbackRequest, registry: Registry): Together {
  const cluster = determineCluster(registry, [...named.keys()]);
  const histories = new Map(facts.flatMap(({ history, service }) => (cluster.includes(service) ? [[service, history] as const] : [])));
  const withSchema = request.withSchema === true;
  const found = findLastGoodState(registry, systemOfRegistry(registry, { named, withSchema }), histories, { named, withSchema });
  const [first = ""] = request.services;
  const all = cluster.join(", ");
  if (found === undefined) return { moves: new Map(), why: new Map(), check: stopped("requires", first, request.override, `the kept history holds no state in which ${all} were good together, with ${request.services.join(", ")} at another version than now: take --strategy best; or go on with --override, for ${request.services.join(", ")} alone`) };
  const since = isoTime(found.at);
  const why = `${all} go back to their last state in which all were good together, of ${since}`;
  return { moves: found.moves, why: new Map(alongIn(found.moves, named).map((service) => [service, why])), check: passed("requires", first, `${all} were good together at ${since}, and every requirement of releases is met`) };
}

function alongIn(moves: Moves, named: Named): readonly string[] {
  return [...moves.keys()].filter((service) => !named.has(service)).sort();
}

/** Best first; empty where no version is gone to. */
function versionsFor(facts: ServiceFacts, request: RollbackRequest): readonly string[] {
  const known = knownService(facts);
  if (!known.ok) return [];
  const search: Search = { known: known.value, request, walked: walkBack(facts.history), left: pinOf(known.value.current.state, STABLE) };
  if (request.target.kind === "default") return trustedVersions(search);
  const found = findTarget(search);
  const version = found.ok ? found.value.version : undefined;
  return version === undefined || version === NO_PIN || version === search.left ? [] : [version];
}
