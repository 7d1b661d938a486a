/** A real Consul of a bench's own. */
import { obtainConsul } from "../../../cli/launcher/obtain.ts";
import { type Servers, startServers } from "../../../cli/launcher/servers.ts";
import { MANY_CONNECTIONS } from "../fleet/consul.ts";

export interface BenchConsul {
  readonly address: string;
  readonly node: Servers["nodes"][0];
  readonly stop: Servers["stop"];
}

export async function startBenchConsul({ persistent = false } = {}): Promise<BenchConsul> {
  const obtained = await obtainConsul({ env: process.env, binaryOnly: true, report: (line) => console.error(line), signal: AbortSignal.timeout(300_000) });
  if (!obtained.ok) throw new Error(obtained.fault);
  if (obtained.value.kind !== "binary") throw new Error("a bench needs a Consul binary of its own");
  const started = await startServers({ binary: obtained.value.path, config: MANY_CONNECTIONS, persistent, signal: new AbortController().signal });
  if (!started.ok) throw new Error(started.fault);
  const [node] = started.value.nodes;
  return { address: node.address, node, stop: started.value.stop };
}
