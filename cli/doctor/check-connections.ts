import { type Finding, type Patient, fine, warning } from "./finding.ts";
import { parseObject } from "./check-consul.ts";

const MOST_USED = 0.8;
const ESTABLISHED = "01";

/**
 * Consul closes a host's connections past http_max_conns_per_client without a word, those of every agent and of the
 * operator alike. The limit is read from Consul's agent, what is used from this system's own tables.
 */
export async function checkConnections({ inspector, signal, connectionTables }: Patient): Promise<readonly Finding[]> {
  const { address } = inspector;
  if (address.kind === "unix") return [fine("connections", "a unix socket is not limited by http_max_conns_per_client")];
  const self = await inspector.read("/v1/agent/self", { signal });
  const limit = self.ok && self.value.status === 200 ? limitOf(self.value.body) : undefined;
  const used = countConnections(await connectionTables(), address.port);
  const words = `${used ?? "an unknown number"} of ${limit ?? "an unknown limit (200 unless configured)"} connections from this host to port ${address.port}`;
  if (used === undefined || limit === undefined || limit === 0 || used <= limit * MOST_USED) return [fine("connections", words)];
  return [warning("connections", `${words}: Consul closes the next ones without a word`, "raise limits.http_max_conns_per_client in Consul's configuration, or let agents use a unix socket")];
}

/** 0 means no limit. */
function limitOf(body: string): number | undefined {
  const debug = parseObject(body)["DebugConfig"];
  const limit = typeof debug === "object" && debug !== null ? (debug as Record<string, unknown>)["HTTPMaxConnsPerClient"] : undefined;
  return typeof limit === "number" ? limit : undefined;
}

/** Established connections to a remote port, from the lines of /proc/net/tcp: `sl local remote state …`, ports in hex. */
export function countConnections(tables: readonly string[], port: number): number | undefined {
  if (tables.length === 0) return undefined;
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return tables
    .flatMap((table) => table.split("\n"))
    .filter((line) => {
      const [, , remote = "", state] = line.trim().split(/\s+/);
      return remote.endsWith(`:${wanted}`) && state === ESTABLISHED;
    }).length;
}
