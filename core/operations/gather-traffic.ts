import { parseRoutes } from "../config/parse-routes.ts";
import { type TrafficFacts, routedInstance } from "../decide/routing/routing-facts.ts";
import type { ServiceFacts } from "../model/facts.ts";
import type { Outcome } from "../model/fault.ts";
import { trackNamedIn } from "../model/names.ts";
import type { RouterRecord } from "../model/router-records.ts";
import { ok } from "../model/result.ts";
import { routersFolder } from "../store/keys.ts";
import type { Store } from "../store/port.ts";
import { readRouters } from "./read-records.ts";

export interface TrafficOptions {
  readonly signal: AbortSignal;
  /** Instead of the failover that the routes name. */
  readonly failoverTo?: string | undefined;
  /** Only where a router serves it; undefined elsewhere. */
  readonly optional?: boolean | undefined;
}

/** Who could take a service's traffic now, and which routers send it. */
export async function gatherTraffic(store: Store, { accepted, service }: ServiceFacts, { failoverTo, optional, signal }: TrafficOptions): Promise<Outcome<TrafficFacts | undefined>> {
  const listed = await store.list(routersFolder(service), { signal });
  if (!listed.ok) return listed;
  const routers = readRouters(listed.value.entries).good.flatMap(({ live, record }) => (live ? [{ router: record.router, kind: record.kind, shares: sharesOf(record) }] : []));
  if (optional === true && routers.length === 0) return ok(undefined);
  const other = failoverTo ?? (accepted.routes === undefined ? undefined : failoverService(accepted.routes));
  const [instances, taking] = await Promise.all([store.catalog.instances(service, { signal }), other === undefined || trackNamedIn(other) !== undefined ? undefined : store.catalog.instances(other, { signal })]);
  if (!instances.ok) return instances;
  if (taking?.ok === false) return taking;
  return ok({ instances: instances.value.endpoints.map(({ meta, passing }) => routedInstance(meta, passing)), routers, failoverPassing: taking?.value.endpoints.filter(({ passing }) => passing).length });
}

/** A version's instances in one track are named `2.0.0@green` in a split. */
function sharesOf({ served, split }: RouterRecord): Readonly<Record<string, number>> {
  if (served !== undefined) return served;
  const shares: Record<string, number> = {};
  for (const { to, wanted } of split) {
    const [version = ""] = (to ?? "").split("@");
    if (version !== "") shares[version] = (shares[version] ?? 0) + wanted;
  }
  return shares;
}

/** The other service that routes fail over to, where they do. */
export function failoverService(routes: string): string | undefined {
  const read = parseRoutes(routes, "routes");
  return read.ok && read.value.failover?.to.kind === "service" ? read.value.failover.to.service : undefined;
}
