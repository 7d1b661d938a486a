/** When a fleet and its router are ready for a story. */
import { readRouters } from "../../core/operations/read-records.ts";
import { type Result, err } from "../../core/model/result.ts";
import { routersFolder } from "../../core/store/keys.ts";
import { BAD, GOOD } from "./facts.ts";
import type { Target } from "./load.ts";
import { waitFor } from "./patience.ts";
import { COME_UP_MS, type Stage, type } from "./stage.ts";

/** From nothing to the good version everywhere, and a router that asks it. */
export async function comeUp(stage: Stage): Promise<Result<Target, string>> {
  const up = await waitForAgents(stage);
  if (!up.ok) return up;
  const first = await type(stage, ["pin", stage.consul.service, GOOD, "--yes"]);
  return first.ok ? waitForRouter(stage) : first;
}

/** Every agent has a record in Consul, and both versions are registered. */
async function waitForAgents({ consul, fleet, signal }: Stage): Promise<Result<unknown, string>> {
  const { service, store } = consul;
  const up = await waitFor(`${fleet.instances.length} agents are there and have registered ${GOOD} and ${BAD}`, COME_UP_MS, signal, async () => {
    if ((await fleet.fallen()).length > 0) return "fallen";
    const instances = await store.keys(`instances/${service}/`, { signal });
    const releases = await store.keys(`releases/${service}/`, { signal });
    return instances.ok && releases.ok && instances.value.length === fleet.instances.length && releases.value.length === 2 ? "up" : undefined;
  });
  const fallen = await fleet.fallen();
  return fallen.length > 0 && !signal.aborted ? err(fallen.join("\n")) : up;
}

/** All instances but the canaries, which run nothing yet, pass in Consul, and the router sends requests to that version. */
async function waitForRouter({ consul: { service, store }, fleet, signal }: Stage): Promise<Result<Target, string>> {
  const ready = fleet.instances.length - fleet.canaries.length;
  return waitFor(`${ready} instances of ${service} pass and a router sends requests to ${GOOD}`, COME_UP_MS, signal, async () => {
    const healthy = await store.catalog.healthy(service, { signal });
    const listed = await store.list(routersFolder(service), { signal });
    if (!healthy.ok || healthy.value.endpoints.length !== ready || !listed.ok) return undefined;
    const [router] = readRouters(listed.value.entries).good;
    const { listen, split } = router?.record ?? {};
    return listen !== undefined && split?.[0]?.to === GOOD ? addressOf(listen) : undefined;
  });
}

function addressOf(listen: string): Target {
  const { hostname, port } = new URL(`http://${listen}`);
  return { host: hostname, port: Number(port) };
}
