/** One life of an agent between two readings of its file. A reload ends one and begins the next; the process lives on. */
import type { Server } from "node:net";
import { resolve } from "node:path";
import { systemClock } from "../core/clock.ts";
import { type Result, err, ok } from "../core/model/result.ts";
import { CONNECTIONS_OF_AN_UPSTREAM } from "../core/store/connection-budget.ts";
import type { ConsulFlags } from "../core/store/consul/settings.ts";
import { createConsulStore } from "../core/store/consul/store.ts";
import type { Store } from "../core/store/port.ts";
import { type Agent, createAgent } from "./agent.ts";
import type { AgentDeps } from "./agent-deps.ts";
import type { ConsulAccess } from "./consul-access.ts";
import type { CrashWatch } from "./crash.ts";
import type { Gate } from "./local-http/gate.ts";
import type { LocalHttp } from "./local-http/serve.ts";
import { readLastKnownGood } from "./files/last-known-good.ts";
import { readOff, writeOff } from "./files/off-file.ts";
import { readSession, writeSession } from "./files/session-file.ts";
import { inboundSettings } from "../core/config/inbound-settings.ts";
import { catalogRouterOf, meshRoutersOf, upstreamRoutersOf } from "../core/config/router-settings.ts";
import type { AuditKeeper } from "./audit/keep-audit.ts";
import type { RouterKeeper } from "./routers/keep-routers.ts";
import type { InboundKeeper } from "./inbound/keep-inbound.ts";
import type { Inbound } from "./inbound/inbound.ts";
import type { LoadedFile } from "./load-file.ts";
import type { Log } from "./log.ts";
import type { InheritedSockets } from "./upgrade/inherited-sockets.ts";
import type { Successor } from "./upgrade/successor.ts";

/** A service's desired state has some megabytes at most; an agent stays small whatever else is put there. */
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** Of its own service, which it follows already, the instances. */
const OF_THE_CATALOG = 1;

/** Of its service: the records of instances, those of routers, and the policy. */
const WATCHES_OF_A_GUARD = 3;

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ConsulFlags;
  readonly hostName: string;
  readonly log: Log;
  readonly crashes: CrashWatch;
  readonly self: AgentDeps["process"];
  /** The port in front of the process, and sockets that were handed over: both outlive a reading of the file. */
  readonly inbound: InboundKeeper;
  readonly routers: RouterKeeper;
  readonly audit: AuditKeeper;
  readonly sockets: InheritedSockets;
  readonly upgrade: Upgrade;
  readonly random: () => number;
  readonly planSuffix: () => string;
}

/** How another agent takes this one's place, or this one another's. */
export interface Upgrade {
  /** What runs is held. Told once more after each reload. */
  onServing(): void;
  /** Starts an agent that waits for its turn. */
  start(sockets: Readonly<Record<string, Server | undefined>>): Promise<Result<Successor, string>>;
  /** It didn't come to that: the state folder is this agent's again. */
  takeBack(): Promise<void>;
}

export interface Incarnation {
  readonly agent: Agent;
  /** The socket of its local HTTP, for a successor to inherit; undefined where there is none, or it has a path. */
  readonly listener: Server | undefined;
  /** `handedOver`: another agent has taken the place that its local HTTP had. */
  close(handedOver: boolean): Promise<void>;
}

/** The agent's file, and what it takes to be let in to Consul: both as they were when they were good. */
export interface Reading {
  readonly loaded: LoadedFile;
  readonly access: ConsulAccess;
}

/** Everything that can be wrong with the settings is told before anything starts. */
export async function startIncarnation(reading: Reading, around: Surroundings): Promise<Result<Incarnation, readonly string[]>> {
  const { loaded } = reading;
  const store = openStore(reading);
  const guardStore = openGuardStore(reading);
  const fail = (fault: string): Result<never, readonly string[]> => {
    store.close();
    guardStore?.close();
    return err([fault]);
  };
  const inbound = await openInbound(loaded, around);
  if (!inbound.ok) return fail(inbound.fault);
  const routers = await around.routers.open(upstreamRoutersOf(loaded.file.routers), loaded.folder);
  if (!routers.ok) return fail(routers.fault);
  await around.audit.open(loaded.file, loaded.folder);
  const agent = createAgent(await agentDeps(loaded, { store, guardStore, inbound: inbound.value, routers: routers.value }, around));
  const http = await openHttp(loaded, agent, around);
  if (!http.ok) return fail(http.fault);
  return ok({
    agent,
    listener: http.value?.inheritable,
    async close(handedOver) {
      await http.value?.close(handedOver);
      store.close();
      guardStore?.close();
    },
  });
}

function openStore({ access, loaded: { file } }: Reading): Store {
  const services = new Set(file.appliers.flatMap((applier) => ("template" in applier ? applier.template.services : [])));
  const upstreams = new Set([...upstreamRoutersOf(file.routers), ...meshRoutersOf(file.routers)].map(({ upstream }) => upstream));
  const watchConnections = 1 + services.size + upstreams.size * CONNECTIONS_OF_AN_UPSTREAM + (catalogRouterOf(file.routers) === undefined ? 0 : OF_THE_CATALOG);
  return createConsulStore(access.settings, { prefix: file.prefix, clock: systemClock, watchConnections, mostAnswerBytes: MOST_ANSWER_BYTES });
}

/** With a token of its own, so that what may write pins is used for nothing else. */
function openGuardStore({ access: { guard }, loaded: { file } }: Reading): Store | undefined {
  return guard === undefined ? undefined : createConsulStore(guard, { prefix: file.prefix, clock: systemClock, watchConnections: WATCHES_OF_A_GUARD, mostAnswerBytes: MOST_ANSWER_BYTES });
}

function openInbound({ file }: LoadedFile, { inbound }: Surroundings): Promise<Result<Inbound | undefined, string>> {
  const settings = file.appliers.map((applier) => ("process" in applier ? inboundSettings(applier.process.inbound) : undefined));
  return inbound.open(settings.find((found) => found !== undefined));
}

async function agentDeps({ file, folder, stateFolder }: LoadedFile, { guardStore, inbound, routers, store }: Pick<AgentDeps, "guardStore" | "inbound" | "routers" | "store">, around: Surroundings): Promise<AgentDeps> {
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
    guardStore,
    inbound,
    routers,
    audit: () => around.audit.state(),
    leaveRouters: (leaving) => around.routers.leave(leaving),
    log,
    clock: systemClock,
    random: around.random,
    process: around.self,
    lastKnownGood: former.ok ? former.value : undefined,
    formerSession: await readSession(stateFolder),
    rememberSession: (session) => writeSession(stateFolder, session),
    formerOff: await readOff(stateFolder),
    rememberOff: (off) => writeOff(stateFolder, off),
    planSuffix: around.planSuffix,
  };
}

function instanceName(file: LoadedFile["file"], hostName: string): string {
  return file.instance ?? `${file.service}-${hostName}`;
}

async function openHttp({ file: { listen }, folder }: LoadedFile, agent: Agent, { log, self, sockets }: Surroundings): Promise<Result<LocalHttp | undefined, string>> {
  if (listen === undefined) return ok(undefined);
  const { serveLocalHttp } = await import("./local-http/serve.ts");
  const gate = listen.tokenFile === undefined ? undefined : await openGate(resolve(folder, listen.tokenFile), log);
  const dependencies = { state: () => agent.state(), drainApplySeconds: () => agent.drainApplySeconds(), version: self.agent.version, guard: () => agent.guardFigures(), gate };
  return serveLocalHttp(listen.address, dependencies, { inherited: sockets.take("listen"), replaces: sockets.succeeds() });
}

async function openGate(tokenFile: string, log: Log): Promise<Gate> {
  const { createGate } = await import("./local-http/gate.ts");
  return createGate(tokenFile, log);
}
