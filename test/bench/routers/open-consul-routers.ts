/** Routers that only tell Consul where traffic goes: its catalog by each instance's agent, its mesh by one agent of all. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../../support/until.ts";
import { settingsOf } from "../fleet/consul.ts";
import { type RunningAgent, startAgent } from "../fleet/start-agent.ts";
import { type ConsulRouterKind, type Place, type StartRouters, TRACKS, upstreamOf } from "./messages.ts";
import { CALLER } from "./open-router.ts";

/** Which process it is doesn't matter: nobody sends it a request. It ends with its agent, and by itself where that is killed. */
const PROCESS = { command: ["sleep", "1800"], ready: { command: ["true"] }, onAgentExit: "stop" };
/** Nobody listens there: by it DNS tells one instance from another. */
const FIRST_PORT = 10_000;

interface Written {
  readonly service: string;
  /** Keys of the agent's file. */
  readonly more: object;
}

function written(kind: ConsulRouterKind, number: number): Written {
  const upstream = upstreamOf(kind);
  if (kind === "mesh") return { service: CALLER, more: { routers: [{ kind, upstream }] } };
  return { service: upstream, more: { track: TRACKS[number % TRACKS.length], register: { check: false, port: FIRST_PORT + number }, routers: [{ kind }], appliers: [{ process: PROCESS }] } };
}

export async function startConsulRouters(kind: ConsulRouterKind, { address, count, folder }: StartRouters): Promise<readonly RunningAgent[]> {
  const agents: RunningAgent[] = [];
  for (let number = 0; number < count; number += 1) {
    const instance = `${kind}-${number}`;
    await mkdir(join(folder, instance, "state"), { recursive: true });
    agents.push(startAgent({ consul: settingsOf(address), instance, folder, ...written(kind, number) }));
  }
  await until(`${count} agents go by the routes`, () => {
    const late = agents.map(({ agent }) => agent.state().routers?.[0]).filter((state) => state?.status !== "in-sync" && state?.status !== "stands-by");
    if (late.length > 0) throw new Error(JSON.stringify(late));
    return true;
  }, { deadlineMs: 90_000 });
  return agents;
}

/** Consul itself is asked, as those do that go by it. */
export function placesOf(kind: ConsulRouterKind, { address, dnsPort }: StartRouters): readonly Place[] {
  const port = Number(address.split(":")[1]);
  const upstream = upstreamOf(kind);
  if (kind === "mesh") return [{ answers: "chain", port, path: `/v1/discovery-chain/${upstream}` }];
  const path = `/v1/health/service/${upstream}`;
  return [
    { answers: "catalog", port, path: `${path}?passing` },
    { answers: "dns", port: dnsPort, name: `${upstream}.service.consul`, catalog: { port, path } },
  ];
}
