import { pinOf } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { STABLE } from "../../model/names.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Check } from "../../model/plan.ts";
import type { RollbackRequest } from "../../model/requests.ts";
import { passed, stopped } from "../checks.ts";
import { describeMoves, describeUnmet, whyAlong } from "../group/describe-way.ts";
import { type WayBack, findWayBack } from "../group/find-way-back.ts";
import type { Moves } from "../group/group-system.ts";
import type { Registry } from "../group/registry.ts";
import { type Allowed, systemOfRegistry } from "../group/system-of-registry.ts";
import { knownService } from "../plans/service-change.ts";
import { walkBack } from "../walk-back.ts";
import { findTarget } from "./find-target.ts";
import { isMoment } from "./return-to-time.ts";
import type { Search } from "./target.ts";
import { trustedVersions } from "./trusted-version.ts";

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
  const moving = [...named].flatMap(([service, versions]) => (versions.length === 0 ? [] : [service])).sort();
  if (moving.length === 0) return undefined;
  const system = systemOfRegistry(registry, { named, withSchema: request.withSchema === true });
  const way = findWayBack(system, moving);
  const [first = ""] = request.services;
  if (way.kind !== "found") return { moves: new Map(), why: new Map(), check: stopped("requires", first, request.override, `${refuse(way, registry, named)}; or go on with --override`) };
  const along = [...way.moves.keys()].filter((service) => !named.has(service)).sort();
  return { moves: way.moves, why: whyAlong(system, way.moves, along), check: passed("requires", first, along.length === 0 ? "every requirement of releases is met without another service" : `every requirement of releases is met with ${along.join(", ")}`) };
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

/** Why there is no way, and what would open one. */
function refuse(way: Exclude<WayBack, { kind: "found" }>, registry: Registry, named: Allowed["named"]): string {
  if (way.kind === "too-many") return "what releases require of one another leaves too many possibilities to look at: name more of the services, each with its version, by \"rollpin pin\"";
  const why = way.chain.length === 0 ? `what ${way.stuck} may go back to doesn't get on with the others that are named` : `${way.chain.map(describeUnmet).join("; ")}; and ${way.stuck} has no older version that may be trusted and gets on with that`;
  return `there is no way back that meets what releases require: ${why}${waysOut(registry, named)}`;
}

function waysOut(registry: Registry, named: Allowed["named"]): string {
  const services = [...named].flatMap(([service, versions]) => (versions.length === 0 ? [] : [service])).sort();
  const cleared = findWayBack(systemOfRegistry(registry, { named, condemned: true }), services);
  if (cleared.kind === "found") {
    const condemned = [...cleared.moves].filter(([service, { version }]) => registry.services.get(service)?.verdicts.get(version) === "condemned");
    return `. A way opens if ${condemned.map(([service, { version }]) => `"rollpin release clear ${service} ${version}"`).join(" and ")} can be answered for: ${describeMoves(cleared.moves)}`;
  }
  const forward = findWayBack(systemOfRegistry(registry, { named, newer: true }), services);
  return forward.kind === "found" ? `. A way leads forward: ${describeMoves(forward.moves)}, each by "rollpin pin"` : "";
}
