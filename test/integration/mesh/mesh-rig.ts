/** The mesh as a router over a real Consul: what it goes by is handed to it, and what it would report is kept here. */
import { determineView } from "../../../agent/routers/determine-view.ts";
import { type MeshRouter, createMeshRouter } from "../../../agent/mesh/mesh-router.ts";
import type { View } from "../../../agent/routers/view.ts";
import { type Clock, systemClock } from "../../../core/clock.ts";
import { parseAgentFile } from "../../../core/config/parse-agent-file.ts";
import { parseRoutes } from "../../../core/config/parse-routes.ts";
import { meshRoutersOf } from "../../../core/config/router-settings.ts";
import type { MeshEntryKind } from "../../../core/model/mesh-entries.ts";
import type { RouterRecord } from "../../../core/model/router-records.ts";
import { NO_ROUTES } from "../../../core/model/routes.ts";
import type { Store } from "../../../core/store/port.ts";
import { must } from "../../contract/must.ts";
import { until } from "../../support/until.ts";
import type { Situation } from "../routers/router-rig.ts";

type Told = Omit<RouterRecord, "at">;

export interface TestMesh {
  readonly follow: MeshRouter["follow"];
  /** As `/v1/state` shows it. */
  readonly state: MeshRouter["state"];
  record(): Told | undefined;
  readonly warnings: readonly string[];
  /** The entries are as it was told last. */
  serves(view: View): Promise<Told>;
  end(): Promise<void>;
}

export async function startMesh(store: Store, service: string, { adopt = [], clock = systemClock, instance = "edge-1" }: { readonly adopt?: readonly MeshEntryKind[]; readonly clock?: Clock; readonly instance?: string } = {}): Promise<TestMesh> {
  const parsed = parseAgentFile(`service: edge\nrouters: [{kind: mesh, upstream: ${service}, adopt: ${JSON.stringify(adopt)}}]\n`, "rollpin.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
  const [settings] = meshRoutersOf(parsed.value.routers);
  if (settings === undefined) throw new Error("the file has no mesh router");
  const session = must(await store.sessions.create({ name: instance, ttlMs: 10_000 }));
  const [over, warnings] = [new AbortController(), [] as string[]];
  const nothing = (): void => undefined;
  const warn = (fields: object, message: string): void => void warnings.push(`${(fields as { readonly event?: string }).event ?? ""}: ${message}`);
  const log = { debug: nothing, info: nothing, warn, error: warn, child: () => log };
  let record: Told | undefined;
  const holder = { session: () => session, holdRecord: () => ({ report: (next: object) => void (record = next as Told), run: () => Promise.resolve(), hold: nothing, remove: () => Promise.resolve((record = undefined)) }) };
  const agent = { store, clock, random: Math.random, instance, log, process: { node: "rig", agent: { version: "0.0.0", startedAt: new Date().toISOString() } } };
  const router = createMeshRouter(settings, { agent, presence: holder, onFault: nothing });
  const running = router.run(over.signal);
  return {
    follow: (...words) => router.follow(...words),
    state: () => router.state(),
    record: () => record,
    warnings,
    serves: (view) =>
      until("the mesh is as it was told", () => {
        if (record?.status === "held") throw new Error(record.reason?.message);
        return record?.status === "in-sync" && record.revision === view.revision && record;
      }),
    async end() {
      over.abort();
      await running;
      must(await store.sessions.destroy(session));
    },
  };
}

export function viewOf(service: string, { failover, instances, left = [], pins = { stable: "1.0.0" }, revision = 1, routes }: Situation): View {
  const parsed = routes === undefined ? undefined : parseRoutes(routes, "routes");
  if (parsed?.ok === false) throw new Error(JSON.stringify(parsed.fault));
  return determineView({ service, revision, state: { pins, routes }, routes: parsed?.value ?? NO_ROUTES, left, instances, failover: failover && { service: `${service}-backup`, endpoints: failover }, hold: undefined });
}
