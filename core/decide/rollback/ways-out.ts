import { firstFew } from "../../model/first-few.ts";
import { describeMoves, describeUnmet } from "../group/describe-way.ts";
import { type WayBack, findWayBack } from "../group/find-way-back.ts";
import type { RegisteredService, Registry } from "../group/registry.ts";
import { type Allowed, crossingsOf, systemOfRegistry } from "../group/system-of-registry.ts";
import { isAllowed } from "../schema/crossing.ts";
import { compareVersions, newestFirst } from "../version-order.ts";

/** Why there is no way back, and what would open one. */
export function describeNoWay(way: Exclude<WayBack, { kind: "found" }>, registry: Registry, named: Allowed["named"], withSchema: boolean): string {
  if (way.kind === "too-many") return "what releases require of one another leaves too many possibilities to look at: name more of the services, each with its version, by \"rollpin pin\"";
  const why = way.chain.length === 0 ? `what ${way.stuck} may go back to doesn't get on with the others that are named` : `${way.chain.map(describeUnmet).join("; ")}; and ${way.stuck} has no older version that may be trusted and gets on with that${describeData(registry.services.get(way.stuck), way.stuck, withSchema)}`;
  return `there is no way back that meets what releases require: ${why}${waysOut(registry, named, withSchema)}`;
}

/** Older versions that are no way only for what they don't read. */
function describeData(service: RegisteredService | undefined, name: string, withSchema: boolean): string {
  if (service?.schema === undefined || service.pin === undefined) return "";
  const { pin, releases, verdicts } = service;
  const crossing = crossingsOf(service);
  const registeredAt = (version: string): number | undefined => releases.get(version)?.registeredAt;
  const unread = [...releases.keys()].filter((version) => verdicts.get(version) !== "condemned" && compareVersions(version, pin, registeredAt) < 0 && !isAllowed(crossing(version), withSchema));
  if (unread.length === 0) return "";
  const newest = newestFirst(unread, registeredAt);
  return ` (${firstFew(newest)} of ${name} ${newest.length === 1 ? "doesn't" : "don't"} work with schema ${service.schema}, which its data is at)`;
}

function waysOut(registry: Registry, named: Allowed["named"], withSchema: boolean): string {
  const services = [...named].flatMap(([service, versions]) => (versions.length === 0 ? [] : [service])).sort();
  const cleared = findWayBack(systemOfRegistry(registry, { named, withSchema, condemned: true }), services);
  if (cleared.kind === "found") {
    const condemned = [...cleared.moves].filter(([service, { version }]) => registry.services.get(service)?.verdicts.get(version) === "condemned");
    return `. A way opens if ${condemned.map(([service, { version }]) => `"rollpin release clear ${service} ${version}"`).join(" and ")} can be answered for: ${describeMoves(cleared.moves)}`;
  }
  const forward = findWayBack(systemOfRegistry(registry, { named, withSchema, newer: true }), services);
  return forward.kind === "found" ? `. A way leads forward: ${describeMoves(forward.moves)}, each by "rollpin pin"` : "";
}
