/** A real Consul of a test's own: killed, paused and restarted at will, asked without the code under test. */
import { randomUUID } from "node:crypto";
import { startServers } from "../../cli/launcher/servers.ts";
import { type ClientNode, startClientNode } from "./consul/client-node.ts";
import { type ConsulHttp, consulHttp } from "./consul/http.ts";
import { type RawKv, rawKv } from "./consul/kv.ts";
import { leaderIndex } from "./consul/leader.ts";
import { pause } from "./consul/pause.ts";
import { createToken, revokeToken, suspendToken } from "./consul/tokens.ts";

export interface ConsulOptions {
  /** Data outlives `kill` and `restart`. Without it a restarted single server is empty, with indexes from the start. */
  readonly persistent?: boolean;
  /** Denied by default; `managementToken` may do everything. */
  readonly acl?: boolean;
  /** Three are always persistent. */
  readonly servers?: 1 | 3;
  /** In Consul's own words, merged over the harness's: `{ limits: { http_max_conns_per_client: 5000 } }`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Where there are several servers, `index` names one; without it, all are meant. */
export interface ConsulServer {
  /** `127.0.0.1:port` of the first server. */
  readonly address: string;
  readonly addresses: readonly string[];
  /** Where each has its log. */
  readonly folders: readonly string[];
  /** Joins the first server with that of another datacentre. */
  joinDatacentre(other: ConsulServer): Promise<void>;
  /** Of the first server, where other datacentres' servers find it. */
  readonly wanAddress: string;
  /** For DNS questions to the first server. */
  readonly dnsPort: number;
  readonly managementToken?: string;
  /** SIGKILL. Resolves when the process is gone. */
  kill(index?: number): Promise<void>;
  /** SIGTERM to all; removes the folder. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGTERM without removing anything: what `restart` brings back. */
  terminate(index?: number): Promise<void>;
  /** The same ports and data; stops what still runs (SIGTERM). Resolves when ready again: leader, session, write. */
  restart(index?: number): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. Resolves when that is so. */
  pause(index?: number): Promise<void>;
  resume(index?: number): void;
  /** Of `addresses`; waits until the running servers agree on one. */
  leaderIndex(): Promise<number>;
  /** With the management token, where there is one; asks the first server that runs. */
  readonly kv: RawKv;
  /** The first server's, as policies name it. */
  nodeName(): Promise<string>;
  /** A host of its own in the cluster. */
  startClient(): Promise<ClientNode>;
  readonly http: ConsulHttp;
  /** A token with one new policy of these rules (HCL: `key_prefix "rollpin/" { policy = "read" }`); its secret. */
  createToken(rules: string): Promise<string>;
  revokeToken(secret: string): Promise<void>;
  /** Deletes it; what it answers makes it again as it was. */
  suspendToken(secret: string): Promise<() => Promise<void>>;
  snapshot(): Promise<Buffer>;
  restore(snapshot: Uint8Array): Promise<void>;
}

export function testConsulBinary(): string {
  const binary = process.env["ROLLPIN_TEST_CONSUL"];
  if (binary === undefined) throw new Error("ROLLPIN_TEST_CONSUL is not set: run this under vitest's integration project, whose globalSetup sets it");
  return binary;
}

export async function startConsul(options: ConsulOptions = {}): Promise<ConsulServer> {
  const managementToken = options.acl === true ? randomUUID() : undefined;
  const never = new AbortController().signal;
  const started = await startServers({
    binary: testConsulBinary(),
    count: options.servers ?? 1,
    persistent: options.persistent ?? false,
    config: options.config ?? {},
    signal: never,
    ...(managementToken === undefined ? {} : { managementToken }),
  });
  if (!started.ok) throw new Error(started.fault);
  const { nodes, stop } = started.value;

  const chosen = (index?: number) => (index === undefined ? nodes : nodes.filter((_, at) => at === index));
  const http = consulHttp(() => (nodes.find((node) => node.isRunning()) ?? nodes[0]).address, managementToken);
  return {
    address: nodes[0].address,
    addresses: nodes.map((node) => node.address),
    folders: nodes.map((node) => node.folder),
    dnsPort: nodes[0].ports.dns,
    wanAddress: `127.0.0.1:${nodes[0].ports.serfWan}`,
    joinDatacentre: async ({ wanAddress }) => void (await http.ask(`/v1/agent/join/${wanAddress}?wan=1`, { method: "PUT" })),
    ...(managementToken === undefined ? {} : { managementToken }),
    kill: async (index) => void (await Promise.all(chosen(index).map((node) => node.kill()))),
    terminate: async (index) => void (await Promise.all(chosen(index).map((node) => node.terminate()))),
    stop,
    async restart(index) {
      await Promise.all(chosen(index).map((node) => node.terminate()));
      await Promise.all(chosen(index).map((node) => node.launch()));
      const missing = await Promise.all(chosen(index).map((node) => node.awaitReady(never)));
      const faults = missing.filter((fault) => fault !== undefined);
      if (faults.length > 0) throw new Error(`Consul did not come back: ${faults.join("\n")}`);
    },
    pause: async (index) => void (await Promise.all(chosen(index).map(pause))),
    resume: (index) => chosen(index).forEach((node) => node.signal("SIGCONT")),
    leaderIndex: () => leaderIndex(nodes),
    kv: rawKv(http),
    nodeName: async () => (await http.json<{ readonly Config: { readonly NodeName: string } }>("/v1/agent/self")).Config.NodeName,
    startClient: () => startClientNode(testConsulBinary(), nodes),
    http,
    createToken: (rules) => createToken(http, rules),
    revokeToken: (secret) => revokeToken(http, secret),
    suspendToken: (secret) => suspendToken(http, secret),
    snapshot: async () => (await http.ask("/v1/snapshot")).body,
    restore: async (snapshot) => void (await http.ask("/v1/snapshot", { method: "PUT", body: snapshot })),
  };
}
