import { type CatalogVersionSource, readCatalogVersion } from "../../core/decide/catalog-version.ts";
import { canonical } from "../../core/decide/digest.ts";
import type { RunningVersion } from "../../core/model/requests.ts";
import type { Endpoint } from "../../core/store/port.ts";

/** What the catalog's passing instances say of themselves. */
export interface SeenVersions {
  /** Most instances first. */
  readonly running: readonly RunningVersion[];
  /** `instance: why its version can't be told`. */
  readonly unreadable: readonly string[];
}

export function readVersions(endpoints: readonly Endpoint[], source: CatalogVersionSource): SeenVersions {
  const instances = new Map<string, string[]>();
  const unreadable: string[] = [];
  for (const endpoint of endpoints) {
    const version = readCatalogVersion(endpoint, source);
    if (version.ok) instances.set(version.value, [...(instances.get(version.value) ?? []), endpoint.id]);
    else unreadable.push(`${endpoint.id}: ${version.fault}`);
  }
  const running = [...instances].map(([version, ids]) => ({ version, instances: ids.sort() })).sort((a, b) => b.instances.length - a.instances.length || (a.version < b.version ? -1 : 1));
  return { running, unreadable };
}

/** Whether clients find the very same as before, in a sentence. */
export function compareCatalogs(service: string, before: readonly Endpoint[], after: readonly Endpoint[]): string {
  const differing = [...new Set([...before, ...after].map(nameOf))].filter((name) => textOf(before, name) !== textOf(after, name)).sort();
  if (differing.length === 0) return `the ${before.length} registrations of ${service} in Consul's catalog are as they were`;
  return `in Consul's catalog ${differing.join(", ")} changed meanwhile: not by this command, which writes nothing there`;
}

const nameOf = ({ id, node }: Endpoint): string => `${node}/${id}`;

function textOf(endpoints: readonly Endpoint[], name: string): string | undefined {
  const found = endpoints.find((endpoint) => nameOf(endpoint) === name);
  return found === undefined ? undefined : canonical({ ...found });
}
