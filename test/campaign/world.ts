import { type ConsulServer, startConsul } from "../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../support/rollpin.ts";
import { until } from "../support/until.ts";
import { type CampaignClient, startCampaignClient } from "./client.ts";
import { type Diary, openDiary } from "./diary.ts";
import type { Excuse } from "./evidence.ts";
import { type Road, openRoad } from "./road.ts";

export const SERVICES = ["carts", "quotes"] as const;
export const VERSIONS = ["1.0.0", "2.0.0", "3.0.0"] as const;

/** Everything that faults strike. Operators and clients reach Consul directly, agents by the road. */
export interface World {
  readonly consul: ConsulServer;
  readonly road: Road;
  readonly agents: readonly CampaignAgent[];
  readonly clients: readonly CampaignClient[];
  /** What faults excuse; they add to it. */
  readonly excuses: Excuse[];
  readonly diary: Diary;
  stop(): Promise<void>;
}

export interface CampaignAgent extends TestAgent {
  readonly service: string;
}

/** Drains long enough for a client that saw the old instance just before; crashes by our hand must not add up to a crash loop. */
const YAML = `
appliers:
  - process:
      command: [node, "./releases/{{version}}/server.js", "{{port}}"]
      ready: { tcp: true }
      readyTimeout: 20s
      drain: 1s
      stopGrace: 2s
      crashes: 1000
register: { check: { tcp: true, interval: 1s } }
`;

/** So that rollbacks have somewhere to go from the start. */
async function pinFirst(consul: ConsulServer, service: string, version: string): Promise<void> {
  const { code, stderr } = await rollpin(["pin", service, version, "--yes", "--no-wait"], { consul: consul.address });
  if (code !== 0) throw new Error(`pin ${service} ${version}: exit ${code}: ${stderr}`);
}

export async function startWorld(): Promise<World> {
  const consul = await startConsul({ persistent: true });
  const road = await openRoad(consul.address);
  const start = async (service: string, number: number): Promise<CampaignAgent> => {
    const releases = Object.fromEntries(VERSIONS.map((version) => [version, "good.js"]));
    return { ...(await startAgent({ consul: road.address, service, instance: `${service}-${number}`, releases, yaml: YAML })), service };
  };
  const agents = await Promise.all([start("carts", 1), start("carts", 2), start("quotes", 1)]);
  for (const service of SERVICES) for (const version of VERSIONS) await until(`${service} ${version} is registered`, async () => (await consul.kv.get(`rollpin/releases/${service}/${version}`)) !== undefined);
  for (const service of SERVICES) for (const version of VERSIONS) await pinFirst(consul, service, version);
  const clients = SERVICES.map((service) => startCampaignClient(consul, service));
  return {
    consul,
    road,
    agents,
    clients,
    excuses: [],
    diary: openDiary(),
    async stop() {
      for (const agent of agents) await agent.remove();
      await Promise.all(clients.map((client) => client.end()));
      await road.stop();
      await consul.stop();
    },
  };
}
