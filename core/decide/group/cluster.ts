import type { RegisteredService, Registry } from "./registry.ts";

/** The named services and all that are tied to them, directly or through others, by what the releases that are pinned now require. By name. */
export function determineCluster({ services }: Registry, named: readonly string[]): readonly string[] {
  const ties = new Map<string, string[]>();
  const tie = (one: string, other: string): void => {
    const known = ties.get(one);
    if (known === undefined) ties.set(one, [other]);
    else known.push(other);
  };
  for (const [service, registered] of services) {
    for (const other of requiredNow(registered)) {
      if (!isPinned(services.get(other))) continue;
      tie(service, other);
      tie(other, service);
    }
  }
  const cluster = new Set(named);
  for (const service of cluster) for (const other of ties.get(service) ?? []) cluster.add(other);
  return [...cluster].sort();
}

function requiredNow({ pin, releases }: RegisteredService): readonly string[] {
  return pin === undefined ? [] : Object.keys(releases.get(pin)?.release.requires ?? {});
}

function isPinned(service: RegisteredService | undefined): boolean {
  return service?.pin !== undefined && service.releases.has(service.pin);
}
