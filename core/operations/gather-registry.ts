import type { RegisteredService, Registry } from "../decide/group/registry.ts";
import { determineSchema } from "../decide/schema/schema-ground.ts";
import { pinOf } from "../model/desired.ts";
import type { Outcome } from "../model/fault.ts";
import { STABLE } from "../model/names.ts";
import { ok } from "../model/result.ts";
import { releasesRoot, serviceIn, verdictsRoot } from "../store/keys.ts";
import type { Entry, Store } from "../store/port.ts";
import { gatherServices, groupBy } from "./gather-fleet.ts";
import { listBelieved } from "./list-believed.ts";
import { readReleases, readVerdicts } from "./read-records.ts";

/** Pins, releases and verdicts of all services, in three requests. Records that can't be read require nothing. */
export async function gatherRegistry(store: Store, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Outcome<Registry>> {
  const [services, releases, verdicts] = await Promise.all([gatherServices(store, { signal }), listBelieved(store, releasesRoot, { signal }), listBelieved(store, verdictsRoot, { signal })]);
  if (!services.ok) return services;
  if (!releases.ok) return releases;
  if (!verdicts.ok) return verdicts;
  const releasesOf = byService(releases.value.entries, releasesRoot);
  const verdictsOf = byService(verdicts.value.entries, verdictsRoot);
  return ok({
    services: new Map(
      services.value.services.map(({ effective, head, service }): [string, RegisteredService] => {
        const registered = new Map(readReleases(releasesOf.get(service) ?? []).good.map(([version, { createIndex, value }]) => [version, { release: value, registeredAt: createIndex }]));
        return [
          service,
          {
            pin: pinOf(effective.state, STABLE),
            releases: registered,
            verdicts: new Map(readVerdicts(verdictsOf.get(service) ?? []).good.map(([version, { value }]) => [version, value.verdict])),
            schema: determineSchema(head.value, effective.state.pins, (version) => registered.get(version)?.release),
          },
        ];
      }),
    ),
  });
}

function byService(entries: readonly Entry[], root: string): ReadonlyMap<string, readonly Entry[]> {
  return groupBy(entries, ({ key }) => serviceIn(key, root));
}
