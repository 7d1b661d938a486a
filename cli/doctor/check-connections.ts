import { CONNECTIONS_OF_AN_AGENT, CONNECTIONS_OF_AN_UPSTREAM } from "../../core/store/connection-budget.ts";
import { parseObject } from "./check-consul.ts";
import { countConnections } from "./count-connections.ts";
import { type Finding, type Patient, fine, warning } from "./finding.ts";

const MOST_USED = 0.8;
/** One for doctor's own questions, one for its store. */
const OF_DOCTOR = 2;
const UNLESS_CONFIGURED = 200;

/**
 * Consul closes a host's connections past http_max_conns_per_client without a word, those of every agent and of the
 * operator alike. The limit is read from Consul's agent, what is used from this system's own tables.
 */
export async function checkConnections(patient: Patient): Promise<readonly Finding[]> {
  const { inspector, signal } = patient;
  if (inspector.address.kind === "unix") return [fine("connections", "a unix socket is not limited by http_max_conns_per_client")];
  const self = await inspector.read("/v1/agent/self", { signal });
  const limit = self.ok && self.value.status === 200 ? limitOf(self.value.body) : undefined;
  return judgeConnections(await countUsed(patient), limit, inspector.where);
}

/** Where Consul can't be asked, this may be why: only said where as many stand as it lets in unless configured. */
export async function suspectConnections(patient: Patient): Promise<readonly Finding[]> {
  const used = await countUsed(patient);
  return used === undefined || used < UNLESS_CONFIGURED * MOST_USED ? [] : judgeConnections(used, undefined, patient.inspector.where);
}

async function countUsed({ connectionTables, inspector: { address } }: Patient): Promise<number | undefined> {
  return address.kind === "unix" ? undefined : countConnections(await connectionTables(), address);
}

/** A limit of 0 is none. */
function judgeConnections(used: number | undefined, limit: number | undefined, where: string): readonly Finding[] {
  const words = `${used ?? "an unknown number"} of ${limit ?? `an unknown limit (${UNLESS_CONFIGURED} unless configured)`} connections from this host to ${where}`;
  // More than that stand, so the limit is another one.
  if (limit === undefined && used !== undefined && used > UNLESS_CONFIGURED * 1.1) return [fine("connections", words)];
  if (used === undefined || limit === 0) return [fine("connections", words)];
  const most = limit ?? UNLESS_CONFIGURED;
  const room = Math.max(0, Math.floor((most * MOST_USED - Math.max(0, used - OF_DOCTOR)) / CONNECTIONS_OF_AN_AGENT));
  if (used <= most * MOST_USED) return [fine("connections", `${words}; each agent holds at most ${CONNECTIONS_OF_AN_AGENT} (and ${CONNECTIONS_OF_AN_UPSTREAM} more for each service that it routes to), so ${room} more ${room === 1 ? "fits" : "fit"} and leave room for people`)];
  const needed = Math.ceil(used / MOST_USED / 50) * 50;
  return [warning("connections", `${words}: Consul closes the next ones without a word, those of people too`, `set limits { http_max_conns_per_client = ${needed} } or more (twice the agents of this host, and a quarter on top) in the configuration of the Consul agent at ${where} and reload it, or let agents use a unix socket, which has no such limit`)];
}

function limitOf(body: string): number | undefined {
  const debug = parseObject(body)["DebugConfig"];
  const limit = typeof debug === "object" && debug !== null ? (debug as Record<string, unknown>)["HTTPMaxConnsPerClient"] : undefined;
  return typeof limit === "number" ? limit : undefined;
}
