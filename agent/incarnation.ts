/** One life of an agent between two readings of its file. A reload ends one and begins the next; the process lives on. */
import { systemClock } from "../core/clock.ts";
import { type Result, err, ok } from "../core/model/result.ts";
import { loadConsulSettings } from "../core/store/consul/load-settings.ts";
import { type ConsulFlags, parseConsulSettings } from "../core/store/consul/settings.ts";
import { createConsulStore } from "../core/store/consul/store.ts";
import type { Store } from "../core/store/port.ts";
import { type Agent, createAgent } from "./agent.ts";
import type { AgentDeps } from "./agent-deps.ts";
import { readLastKnownGood } from "./files/last-known-good.ts";
import { readSession, writeSession } from "./files/session-file.ts";
import type { LoadedFile } from "./load-file.ts";
import type { Log } from "./log.ts";

/** A service's desired state has some megabytes at most; an agent stays small whatever else is put there. */
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ConsulFlags;
  readonly hostName: string;
  readonly log: Log;
  readonly self: AgentDeps["process"];
  readonly random: () => number;
  readonly planSuffix: () => string;
}

export interface Incarnation {
  readonly agent: Agent;
  close(): Promise<void>;
}

/** Everything that can be wrong with the settings is told before anything starts. */
export async function startIncarnation(loaded: LoadedFile, around: Surroundings): Promise<Result<Incarnation, readonly string[]>> {
  const store = await openStore(loaded, around);
  if (!store.ok) return store;
  const agent = createAgent(await agentDeps(loaded, store.value, around));
  const http = await openHttp(loaded, agent, around.self.agent.version);
  if (!http.ok) {
    store.value.close();
    return err([http.fault]);
  }
  return ok({
    agent,
    async close() {
      await http.value?.close();
      store.value.close();
    },
  });
}

async function openStore({ file }: LoadedFile, { env, flags }: Surroundings): Promise<Result<Store, readonly string[]>> {
  const settings = parseConsulSettings({ env, flags: { ...file.consul, ...flags } });
  if (!settings.ok) return settings;
  const loaded = await loadConsulSettings(settings.value);
  if (!loaded.ok) return loaded;
  const services = new Set(file.appliers.flatMap((applier) => ("template" in applier ? applier.template.services : [])));
  return ok(createConsulStore(loaded.value, { prefix: file.prefix, clock: systemClock, watchConnections: 1 + services.size, mostAnswerBytes: MOST_ANSWER_BYTES }));
}

async function agentDeps({ file, folder, stateFolder }: LoadedFile, store: Store, around: Surroundings): Promise<AgentDeps> {
  const instance = instanceName(file, around.hostName);
  const former = await readLastKnownGood(stateFolder, { service: file.service, instance, track: file.track });
  const log = around.log.child({ service: file.service, instance });
  if (!former.ok) log.error({ event: "last-known-good" }, former.fault);
  return {
    file,
    folder,
    stateFolder,
    environment: around.env,
    instance,
    store,
    log,
    clock: systemClock,
    random: around.random,
    process: around.self,
    lastKnownGood: former.ok ? former.value : undefined,
    formerSession: await readSession(stateFolder),
    rememberSession: (session) => writeSession(stateFolder, session),
    planSuffix: around.planSuffix,
  };
}

function instanceName(file: LoadedFile["file"], hostName: string): string {
  return file.instance ?? `${file.service}-${hostName}`;
}

async function openHttp({ file }: LoadedFile, agent: Agent, version: string): Promise<Result<{ close(): Promise<void> } | undefined, string>> {
  if (file.listen === undefined) return ok(undefined);
  const { serveLocalHttp } = await import("./local-http/serve.ts");
  return serveLocalHttp(file.listen, { state: () => agent.state(), drainApplySeconds: () => agent.drainApplySeconds(), version });
}
