import { type Destination, isServedBy } from "../../core/decide/routing/routing-facts.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Place, View } from "../routers/view.ts";
import type { Observed, ObservedServer } from "./observed.ts";
import { isNamedFor, parseServerName, serverName } from "./server-name.ts";

/** A kind of instances, the backend that has it, and who belongs there. */
export interface Assigned {
  readonly destination: Destination;
  readonly backend: string;
  readonly servers: readonly string[];
}

/** Backends that requests are sent to as HAProxy runs now. */
function referencedIn({ maps: { runs } }: Observed): ReadonlySet<string> {
  return new Set(runs.map(({ value }) => value));
}

/**
 * Which backend takes which destination. One that requests are sent to keeps its kind of instances: to put others there
 * would send them requests before the maps say so. It rests on nothing but what HAProxy shows, so that an agent or an
 * HAProxy that was started anew goes on from wherever things stand. What isn't sent to is kept as it is for its kind to
 * come back to, and used for another when there is no empty one.
 */
export function assignBackends(view: View, observed: Observed, upstream: string): Result<readonly Assigned[], string> {
  const referenced = referencedIn(observed);
  const taken = new Set<string>();
  const all = [...observed.backends].map(([backend, servers]) => ({ backend, ready: standingIn(servers), isReferenced: referenced.has(backend) }));
  const assigned: Assigned[] = [];
  // The more exact come first: what any instance may take is at home with the others too.
  for (const destination of [...view.compiled.destinations].sort((a, b) => exactness(b) - exactness(a))) {
    const free = all.filter(({ backend }) => !taken.has(backend));
    const servers = serversOf(destination, view.places);
    const own = free.filter(({ ready }) => ready.length > 0 && ready.every((name) => isNamedFor(name, destination, upstream)) && areOfKinds(servers, ready));
    const found = own.find(({ isReferenced }) => isReferenced) ?? own[0] ?? free.find(({ isReferenced, ready }) => !isReferenced && ready.length === 0) ?? free.find(({ isReferenced }) => !isReferenced);
    if (found === undefined) return err(`the routes name ${view.compiled.destinations.length} kinds of instances, and HAProxy has ${all.length} backends for them, some of them in use until the routes have turned: give the router more "backends"`);
    taken.add(found.backend);
    assigned.push({ destination, backend: found.backend, servers });
  }
  return ok(assigned);
}

/** Without an HAProxy to go by: the first backends. */
export function assignAnew(view: View, backends: readonly string[]): Result<readonly Assigned[], string> {
  const { destinations } = view.compiled;
  if (destinations.length > backends.length) return err(`the routes name ${destinations.length} kinds of instances, and HAProxy has ${backends.length} backends for them: give the router more "backends"`);
  return ok(destinations.flatMap((destination, index) => (backends[index] === undefined ? [] : [{ destination, backend: backends[index], servers: serversOf(destination, view.places) }])));
}

/** Those that are left out for a while too. Where a hand took all out, those are who belongs there. */
function standingIn(servers: readonly ObservedServer[]): readonly string[] {
  const ready = servers.filter(({ state }) => state !== "maint");
  return (ready.length === 0 ? servers : ready).map(({ name }) => name);
}

/** Whether the backend had all these kinds before: else it was there for something narrower. */
function areOfKinds(servers: readonly string[], ready: readonly string[]): boolean {
  const known = new Set(ready.map(kindOf));
  return servers.every((name) => known.has(kindOf(name)));
}

function kindOf(name: string): string {
  const named = parseServerName(name);
  return `${named?.version} ${named?.track}`;
}

function exactness({ exceptTrack, track, version }: Destination): number {
  return Number(version !== undefined) + Number(track !== undefined) + Number(exceptTrack !== undefined);
}

function serversOf(destination: Destination, places: readonly Place[]): readonly string[] {
  return places.flatMap((place) => (place.service === destination.service && isServedBy(destination, place.instance) ? (serverName(place) ?? []) : []));
}
