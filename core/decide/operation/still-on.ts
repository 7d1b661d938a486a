import type { SeenInstance, SeenRouter } from "../../model/facts.ts";
import { firstFew } from "../../model/first-few.ts";
import type { DrainStep } from "../../model/operation.ts";
import { DRAINING } from "../../model/router-records.ts";

/** As Consul's catalog shows an instance. */
export interface Shown {
  readonly id: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly passing: boolean;
}

export interface TrafficSeen {
  /** Of the service, under whatever names its agents register it. */
  readonly shown: readonly Shown[];
  readonly instances: readonly SeenInstance[];
  readonly routers: readonly SeenRouter[];
}

/** What still sends requests to versions that are to take none, by name, sorted. */
export interface StillOn {
  readonly instances: readonly string[];
  readonly routers: readonly string[];
}

/**
 * An instance is off when nobody finds it in the catalog any more and its agent says that it lets nothing through; a router when
 * it has followed the catalog, and what it carried by a former view is over. Those whose session is lost say nothing that counts.
 */
export function determineStillOn({ versions }: DrainStep, { instances, routers, shown }: TrafficSeen): StillOn {
  const off = new Set(versions);
  const found = shown.flatMap(({ id, meta, passing }) => (passing && off.has(meta["version"] ?? "") ? [id] : []));
  const open = instances.flatMap(({ live, record: { instance, traffic, version = "" } }) => (live && off.has(version) && traffic !== undefined && traffic.off === undefined ? [instance] : []));
  return {
    instances: [...new Set([...found, ...open])].sort(),
    routers: routers.flatMap(({ live, record }) => (live && (record.reason?.code === DRAINING || record.versions?.some((version) => off.has(version)) === true) ? [record.router] : [])).sort(),
  };
}

/** Undefined where nothing is left to wait for. */
export function describeStillOn({ instances, routers }: StillOn): string | undefined {
  const parts = [...(instances.length === 0 ? [] : [firstFew(instances)]), ...(routers.length === 0 ? [] : [`${routers.length === 1 ? "router" : "routers"} ${firstFew(routers)}`])];
  return parts.length === 0 ? undefined : parts.join(", ");
}
