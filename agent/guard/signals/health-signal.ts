import type { HealthSettings } from "../../../core/config/signals/health.ts";
import { namesOfAiling, readHealth } from "../../../core/decide/guard/read-health.ts";
import type { SeenInstance } from "../../../core/model/facts.ts";
import { describeStoreFault } from "../../../core/model/fault.ts";
import { listBelieved } from "../../../core/operations/list-believed.ts";
import { readInstances } from "../../../core/operations/read-records.ts";
import { consulTime } from "../../../core/store/consul-time.ts";
import { instancesFolder } from "../../../core/store/keys.ts";
import type { Signal, SignalDeps } from "../signal.ts";
import { watchForNews } from "./watch-for-news.ts";

/** Reads instance records and, of those that are in Consul's catalog, their checks. */
export function openHealthSignal(settings: HealthSettings, deps: SignalDeps): Signal {
  const { clock, service, store } = deps;
  const watching = watchForNews(instancesFolder(service), { ...deps, onReading: () => deps.news() });
  let since: ReadonlyMap<string, number> = new Map();
  return {
    async read(suspect, signal) {
      const listed = await listBelieved(store, instancesFolder(service), { signal });
      if (!listed.ok) return { says: "no-data", summary: `instance records of ${service} can't be read: ${describeStoreFault(listed.fault)}`, evidence: [] };
      const instances = readInstances(listed.value.entries).good;
      const unhealthy = await readUnhealthy(store, instances, signal);
      const now = consulTime(store, clock);
      since = new Map(namesOfAiling(instances, unhealthy).map((name) => [name, since.get(name) ?? now]));
      return readHealth({ suspect, instances, unhealthy, since, settings, now });
    },
    close: () => watching.close(),
  };
}

/** Instances that stand in the catalog and don't pass there. What can't be read is no word against anybody. */
async function readUnhealthy(store: SignalDeps["store"], instances: readonly SeenInstance[], signal: AbortSignal): Promise<ReadonlySet<string>> {
  const names = new Set(instances.flatMap(({ live, record }) => (live && record.traffic?.catalog !== undefined ? [record.traffic.catalog] : [])));
  const unhealthy = new Set<string>();
  for (const name of names) {
    const read = await store.catalog.instances(name, { signal });
    for (const { id, passing } of read.ok ? read.value.endpoints : []) if (!passing) unhealthy.add(id);
  }
  return unhealthy;
}
