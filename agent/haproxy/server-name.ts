import { isIP } from "node:net";
import { type Destination, isServedBy } from "../../core/decide/routing/routing-facts.ts";
import { firstFew } from "../../core/model/first-few.ts";
import { parseTrack, parseVersion, quoteForPerson } from "../../core/model/names.ts";
import type { Place } from "../routers/view.ts";

/** What a server's name in HAProxy tells of the instance. */
export interface NamedServer {
  readonly version: string;
  readonly track: string;
  readonly host: string;
  readonly port: number;
}

/**
 * `1.4.2:stable:10.0.0.5:8001`; HAProxy allows no `+` in names, so that of a version is `::`. Undefined where the catalog
 * holds what can't stand in HAProxy's configuration: all of that is data that others write.
 */
export function serverName({ host, instance: { track }, port, version }: Place): string | undefined {
  if (isIP(host) === 0 || !parseVersion(version).ok || !parseTrack(track).ok) return undefined;
  return `${version.replaceAll("+", "::")}:${track}:${canonical(host)}:${port}`;
}

/** A sentence where instances can't be servers of HAProxy: nothing is sent to them. */
export function describeUnnamed(places: readonly Place[]): string | undefined {
  const unnamed = places.filter((place) => serverName(place) === undefined).map(({ host, port }) => quoteForPerson(`${host}:${port}`));
  if (unnamed.length === 0) return undefined;
  return `HAProxy gets nothing to send to ${firstFew(unnamed)}: their address in Consul is a host name, or what stands there as version or track can't be one; register them by IP address`;
}

/** Undefined: rollpin never names a server so. */
export function parseServerName(name: string): NamedServer | undefined {
  const [, version, track, host, port] = /^((?:[^:]|::)+):([^:]+):(.+):([0-9]{1,5})$/.exec(name) ?? [];
  if (version === undefined || track === undefined || host === undefined || isIP(host) === 0) return undefined;
  return { version: version.replaceAll("::", "+"), track, host, port: Number(port) };
}

/** As HAProxy's configuration and its commands want it. */
export function addressOf({ host, port }: NamedServer): string {
  return `${host.includes(":") ? "ipv6@" : "ipv4@"}${host}:${port}`;
}

/** Whether one of that name may take what goes to the destination; `upstream` is the service that is routed. */
export function isNamedFor(name: string, destination: Destination, upstream: string): boolean {
  const named = parseServerName(name);
  if (named === undefined) return false;
  // Instances of a service that takes over go by its name.
  return destination.service === upstream ? isServedBy(destination, named) : named.version === destination.service;
}

/** As HAProxy writes it: an IPv6 address has many spellings. */
export function canonical(host: string): string {
  return isIP(host) === 6 ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host;
}
