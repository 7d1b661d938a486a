import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConsulNode, consulNode } from "../../../cli/launcher/consul-node.ts";
import { serverConfig } from "../../../cli/launcher/server-config.ts";
import { versionOf } from "../../../cli/launcher/version.ts";
import { freePorts } from "../../../core/free-ports.ts";

export interface ClientNode {
  readonly address: string;
  stop(): Promise<void>;
}

/** What runs on a host beside its services: a Consul agent in client mode, which finds a server that lives. */
export async function startClientNode(binary: string, servers: readonly ConsulNode[]): Promise<ClientNode> {
  const version = await versionOf(binary);
  if (!version.ok) throw new Error(version.fault);
  const folder = await mkdtemp(join(tmpdir(), "rp-consul-client-"));
  const [http = 0, dns = 0, server = 0, serfLan = 0, serfWan = 0] = await freePorts(5);
  const ports = { http, dns, server, serfLan, serfWan };
  const name = `${servers[0]?.name ?? "rollpin"}-client`;
  const cluster = servers.map((one) => `127.0.0.1:${one.ports.serfLan}`);
  const settings = serverConfig({ name, ports, dataDir: join(folder, "data"), cluster, managementToken: undefined, version: version.value }, { server: false, bootstrap_expect: undefined });
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(settings));
  const node = consulNode({ binary, args: ["agent", `-config-file=${file}`], name, ports, folder, root: folder, token: undefined });
  await node.launch();
  const missing = await node.awaitReady(new AbortController().signal);
  if (missing !== undefined) throw new Error(missing);
  return {
    address: node.address,
    async stop() {
      await node.terminate();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
