/** Starts one Consul server or a cluster on loopback, for `rollpin dev`, the demo and the tests alike. */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type ConsulNode, consulNode } from "./consul-node.ts";
import { freePorts } from "../../core/free-ports.ts";
import { FOLDER_PREFIX, OWNER_FILE } from "./leftovers.ts";
import { type ConsulVersion, type NodePorts, type Settings, serverConfig } from "./server-config.ts";
import { versionOf } from "./version.ts";

const START_ATTEMPTS = 5;
const PORTS_PER_NODE = 5;
const PORT_TAKEN = /address already in use/i;

export interface ServersWanted {
  readonly binary: string;
  readonly count?: 1 | 3;
  /** Of the first server; a free port unless given. */
  readonly httpPort?: number;
  /** Survives restarts of a server. Without it a single server keeps everything in memory, and a restarted one is empty. */
  readonly persistent?: boolean;
  /** Where a single server keeps its data, also after `stop`. Implies `persistent`. */
  readonly dataDir?: string;
  /** Turns ACLs on: denied by default, all allowed to this token. */
  readonly managementToken?: string;
  /** More settings in Consul's own words, merged over ours. */
  readonly config?: Settings;
  readonly signal: AbortSignal;
}

export interface Servers {
  readonly nodes: readonly [ConsulNode, ...ConsulNode[]];
  /** SIGTERM to all, then removes the folder. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/** The fault says what is missing and what Consul printed last. */
export async function startServers(wanted: ServersWanted): Promise<Result<Servers, string>> {
  const version = await versionOf(wanted.binary);
  if (!version.ok) return version;
  for (let attempt = 1; ; attempt += 1) {
    const started = await startOnce(wanted, version.value);
    // Somebody took a port between our look and Consul's: other ports, unless that one was asked for.
    const again = !started.ok && PORT_TAKEN.test(started.fault) && attempt < START_ATTEMPTS && !wanted.signal.aborted;
    if (!again) return started;
    if (wanted.httpPort !== undefined && started.fault.includes(`:${wanted.httpPort}: bind`)) return err(portTaken(wanted.httpPort));
  }
}

async function startOnce(wanted: ServersWanted, version: ConsulVersion): Promise<Result<Servers, string>> {
  const root = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  await writeFile(join(root, OWNER_FILE), `${process.pid}\n`);
  const nodes = await prepareNodes(wanted, version, root);
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.terminate()));
    await rm(root, { recursive: true, force: true });
  };
  const failures = await launchAll(nodes, wanted.signal).catch(async (cause: unknown) => {
    await stop();
    throw cause;
  });
  if (failures.length === 0) return ok({ nodes, stop });
  await stop();
  return err(failures.join("\n"));
}

async function launchAll(nodes: readonly ConsulNode[], signal: AbortSignal): Promise<string[]> {
  await Promise.all(nodes.map((node) => node.launch()));
  // One that fails makes waiting for the others pointless: without it they never find a leader.
  const over = new AbortController();
  const missing = await Promise.all(
    nodes.map(async (node) => {
      const fault = await node.awaitReady(AbortSignal.any([signal, over.signal]));
      if (fault !== undefined) over.abort();
      return fault;
    }),
  );
  return missing.filter((fault) => fault !== undefined);
}

async function prepareNodes(wanted: ServersWanted, version: ConsulVersion, root: string): Promise<[ConsulNode, ...ConsulNode[]]> {
  const { count = 1, managementToken: token } = wanted;
  // Names that nobody else has, so that another Consul on our port is never taken for ours.
  const run = randomBytes(4).toString("hex");
  const ports = await portsFor(count, wanted.httpPort);
  const cluster = ports.map((own) => `127.0.0.1:${own.serfLan}`);
  const inMemory = count === 1 && wanted.persistent !== true && wanted.dataDir === undefined;
  const prepare = async (own: NodePorts, index: number): Promise<ConsulNode> => {
    const name = `rollpin-${run}-${index + 1}`;
    const folder = join(root, `server-${index + 1}`);
    await mkdir(folder);
    const dataDir = inMemory ? undefined : (wanted.dataDir ?? join(folder, "data"));
    const settings = serverConfig({ name, ports: own, dataDir, cluster, managementToken: token, version }, wanted.config ?? {});
    const file = join(folder, "config.json");
    await writeFile(file, JSON.stringify(settings, null, 2), { mode: 0o600 });
    const args = ["agent", ...(inMemory ? ["-dev"] : []), `-config-file=${file}`];
    return consulNode({ binary: wanted.binary, args, name, ports: own, folder, root, token });
  };
  const [first, ...others] = ports;
  if (first === undefined) throw new Error("a cluster of no servers");
  return [await prepare(first, 0), ...(await Promise.all(others.map((own, index) => prepare(own, index + 1))))];
}

async function portsFor(count: number, httpPort: number | undefined): Promise<NodePorts[]> {
  const free = await freePorts(count * PORTS_PER_NODE);
  const take = (): number => {
    const port = free.pop();
    if (port === undefined) throw new Error("fewer ports than servers need");
    return port;
  };
  return Array.from({ length: count }, (_, index) => {
    const http = take();
    return { http: index === 0 ? (httpPort ?? http) : http, dns: take(), server: take(), serfLan: take(), serfWan: take() };
  });
}

function portTaken(port: number): string {
  return `port ${port} on 127.0.0.1 is taken: stop what listens there, or choose another port`;
}
