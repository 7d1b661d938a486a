import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import { type Finding, type Patient, fine, problem, warning } from "./finding.ts";

/** Reachable, of a known version, and led. */
export async function checkConsul({ inspector, signal }: Patient): Promise<readonly Finding[]> {
  const leader = await inspector.read("/v1/status/leader", { signal });
  if (!leader.ok) return [problem("consul", describeStoreFault(leader.fault), mendOf(leader.fault, inspector.where))];
  const self = await inspector.read("/v1/agent/self", { signal });
  const version = self.ok && self.value.status === 200 ? versionOf(self.value.body) : undefined;
  const which = version === undefined ? "a Consul whose version this token may not read (agent:read)" : `Consul ${version}`;
  return [fine("consul", `${which} answers at ${inspector.where}`), judgeLeader(leader.value)];
}

function mendOf(fault: StoreFault, where: string): string {
  if (fault.kind !== "unreachable" || fault.closed !== true) return `start Consul, or say where it is with --consul-addr or CONSUL_HTTP_ADDR (now ${where})`;
  return `raise limits { http_max_conns_per_client } (200 from one address unless configured; two for each agent of this host, and room for people) in the configuration of the Consul agent at ${where} and reload it; or stop some agents of this host, or use a unix socket`;
}

function judgeLeader({ status, body }: { readonly status: number; readonly body: string }): Finding {
  const leader = body.trim().replaceAll('"', "");
  if (status === 200 && leader !== "") return fine("leader", `the servers are led by ${leader}`);
  if (status === 200) return problem("leader", "Consul's servers have no leader: nothing can be changed", "wait for the election; if it goes on, look at the servers' logs and at `consul operator raft list-peers`");
  return warning("leader", `who leads can't be told: HTTP ${status}`, "look whether a proxy stands between, and whether it lets /v1/status/leader pass");
}

function versionOf(body: string): string | undefined {
  const self = parseObject(body);
  const config = self["Config"];
  const version = typeof config === "object" && config !== null ? (config as Record<string, unknown>)["Version"] : undefined;
  return typeof version === "string" ? version : undefined;
}

/** What isn't a JSON object counts as an empty one: the callers look for single fields. */
export function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
