import type { JsonObject } from "../../model/json.ts";
import { type MeshEntryKind, NEUTRAL_FIELDS } from "../../model/mesh-entries.ts";
import { parseVersion } from "../../model/names.ts";
import { NO_ROUTES, type Routes } from "../../model/routes.ts";
import type { CompiledRoutes, CompiledSplit } from "../routing/compiled-routes.ts";
import { compileRoutes, groundOf } from "../routing/compile-routes.ts";
import { type Ground, anyOf, isAlive, pinned } from "../routing/resolve-target.ts";
import type { Destination, RoutingFacts } from "../routing/routing-facts.ts";
import { httpMatch } from "./http-match.ts";
import { type Leg, type Legs, isSameSubset, largestOf, legsOf } from "./legs.ts";
import { MAIN, NOBODY, subsetFilter, subsetName } from "./subsets.ts";

export interface MeshFacts {
  readonly routes: Routes;
  readonly facts: RoutingFacts;
  /** Whether the service's protocol in Consul lets its traffic be split and routed (Consul: http, http2 and grpc do). */
  readonly isSplittable: boolean;
}

export interface WantedMesh {
  /** Fields by kind of entry. */
  readonly fields: Readonly<Record<MeshEntryKind, JsonObject>>;
  /** Names of subsets that have a passing instance; empty for all of the service. */
  readonly alive: ReadonlySet<string>;
  /** What they were made from. */
  readonly compiled: CompiledRoutes;
}

/** What the entries of one service are written from. */
interface Draft {
  readonly routes: Routes;
  readonly ground: Ground;
  readonly compiled: CompiledRoutes;
  /** Where no rule matches. */
  readonly legs: Legs;
  /** What the service's default subset is. */
  readonly main: Destination;
  readonly isSplittable: boolean;
}

/**
 * What Consul's mesh is told, so that it sends as the decision does. It is said so that most changes are one entry's: the
 * default subset is what is pinned, so that a pin that moves changes the resolver alone; subsets of all versions that are
 * there are kept at hand, so that a share that moves changes the splitter alone.
 */
export function determineMesh(told: MeshFacts): WantedMesh {
  const draft = draftOf(told);
  const rules = draft.isSplittable ? rulesOf(draft) : [];
  const known = knownOf(draft);
  const living = [...known].flatMap(([name, destination]) => (isAlive(destination, draft.ground) ? [name] : []));
  return {
    compiled: draft.compiled,
    alive: new Set(draft.ground.passing.length === 0 ? living : ["", ...living]),
    fields: {
      "service-resolver": resolverOf(draft, known),
      "service-splitter": draft.isSplittable ? { Splits: draft.legs.map((leg) => ({ Weight: leg.percent, ...wayOf(leg, draft) })) } : NEUTRAL_FIELDS["service-splitter"],
      "service-router": rules.length === 0 ? NEUTRAL_FIELDS["service-router"] : { Routes: rules },
    },
  };
}

function draftOf({ facts: told, isSplittable, routes: asked }: MeshFacts): Draft {
  // What others write into a registration is put into a filter only where it is a version.
  const instances = told.instances.map((one) => (one.version !== undefined && !parseVersion(one.version).ok ? { ...one, version: undefined } : one));
  const facts = { ...told, instances };
  const routes = isSplittable ? asked : { ...asked, rules: NO_ROUTES.rules, none: NO_ROUTES.none };
  const compiled = compileRoutes(routes, facts);
  const ground = groundOf(routes, facts);
  const main = determineMain(compiled, isSplittable, ground);
  return { routes, ground, compiled, isSplittable, main, legs: legsOf(compiled.split, main, spareOf(routes, main)) };
}

/** What is pinned, while that lives: else what most goes to, or whatever lives. Where nothing can be split, that is all there is. */
function determineMain({ split }: CompiledRoutes, isSplittable: boolean, ground: Ground): Destination {
  const [pin, any] = [pinned(ground), anyOf(ground)];
  if (isSplittable && isAlive(pin, ground)) return pin;
  const largest = largestOf(legsOf(split, pin).filter(({ destination }) => destination?.service === ground.facts.service));
  return largest?.destination ?? (isAlive(any, ground) && !isAlive(pin, ground) ? any : pin);
}

/** Where nothing lives, whoever comes first is to be found at once: it stays with the default, unless the routes want it refused. */
function spareOf({ none }: Routes, main: Destination): Destination | undefined {
  return none === "fail" ? undefined : main;
}

function rulesOf(draft: Draft): readonly JsonObject[] {
  return draft.routes.rules.flatMap(({ conditions }, index): readonly JsonObject[] => {
    const [match, split] = [httpMatch(conditions), draft.compiled.rules[index]];
    return match === undefined || split === undefined ? [] : [{ Match: match, Destination: destinationOf(split, draft) }];
  });
}

/** A route goes one way: where the shares are those of the service, by its splitter; else to the largest. */
function destinationOf(split: CompiledSplit, draft: Draft): JsonObject {
  const legs = legsOf(split, draft.main, spareOf(draft.routes, draft.main));
  if (legs.length > 1 && JSON.stringify(legs) === JSON.stringify(draft.legs)) return {};
  const leg = largestOf(legs);
  const way = leg === undefined ? {} : wayOf(leg, draft);
  return Object.keys(way).length === 0 ? { ServiceSubset: MAIN } : way;
}

/** Nothing is said of what the service's default is. */
function wayOf({ destination }: Leg, { main }: Draft): JsonObject {
  if (destination === undefined) return { ServiceSubset: NOBODY.name };
  if (destination.service !== main.service) return { Service: destination.service };
  return isSameSubset(destination, main) ? {} : { ServiceSubset: subsetName(destination) };
}

/** By the names of their subsets: of every version that is there, whether it passes or not, and of all that the routes name. */
function knownOf({ compiled, ground, main }: Draft): ReadonlyMap<string, Destination> {
  const versions = [...new Set(ground.facts.instances.flatMap(({ version }) => version ?? []))];
  const named = [compiled.split, ...compiled.rules].flatMap(({ runs, shares }) => [...runs, ...shares].flatMap(({ destination }) => destination ?? []));
  const own = [main, pinned(ground), ...named, ...versions.map((version) => ({ ...anyOf(ground), version }))].filter(({ service }) => service === main.service);
  return new Map(own.map((destination) => [subsetName(destination), destination]));
}

function resolverOf(draft: Draft, known: ReadonlyMap<string, Destination>): JsonObject {
  const { legs, main, routes } = draft;
  const away = draft.isSplittable ? undefined : largestOf(legs)?.destination;
  const subsets = [
    ...[...known].map(([name, destination]) => [name, subsetFilter(destination)] as const),
    ...(routes.rules.length === 0 ? [] : [[MAIN, subsetFilter(main)] as const]),
    ...(routes.none === "fail" ? [[NOBODY.name, NOBODY.filter] as const] : []),
  ];
  return {
    ...(subsetFilter(main) === undefined ? {} : { DefaultSubset: subsetName(main) }),
    Subsets: Object.fromEntries(subsets.map(([name, filter]) => [name, { ...(filter === undefined ? {} : { Filter: filter }), OnlyPassing: true }])),
    ...(away === undefined || away.service === main.service ? {} : { Redirect: { Service: away.service } }),
  };
}
