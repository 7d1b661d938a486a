import { aclRulesOf, hclOf } from "../../cli/doctor/acl-policy.ts";
import { type ConsulServer, startConsul } from "../support/consul-server.ts";
import { type Host, createHost } from "../support/host/host.ts";
import { type RunOptions, type TestAgent, rollpin, startAgent } from "../support/rollpin.ts";
import { until } from "../support/until.ts";
import { type CampaignClient, startCampaignClient } from "./client.ts";
import { type Diary, openDiary } from "./diary.ts";
import type { Excuse } from "./evidence.ts";
import { type Road, openRoad } from "../support/road.ts";

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
  /** Where operators ask, and with which token. */
  readonly operator: RunOptions;
  stop(): Promise<void>;
}

export interface CampaignAgent extends TestAgent {
  readonly service: string;
  readonly host: Host;
  /** What it may do, with the other agents of its service. */
  readonly token: string;
}

/** Drains long enough for a client that saw the old instance just before; crashes by our hand must not add up to a crash loop. */
const YAML = `
appliers:
  - process:
      command: [node, "./releases/{{version}}/server.js", "{{port}}"]
      ready: { tcp: true }
      readyTimeout: 20s
      drain: 3s
      stopGrace: 2s
      crashes: 1000
register: { check: { tcp: true, interval: 1s } }
`;

/** So that rollbacks have somewhere to go from the start. */
async function pinFirst(operator: RunOptions, service: string, version: string): Promise<void> {
  const { code, stderr } = await rollpin(["pin", service, version, "--yes", "--no-wait"], operator);
  if (code !== 0) throw new Error(`pin ${service} ${version}: exit ${code}: ${stderr}`);
}

async function tokenFor(consul: ConsulServer, role: "agent" | "operator", service: string): Promise<string> {
  // A cluster that has just come up takes no policies yet.
  return until(`Consul makes a token for ${role} ${service}`, () => consul.createToken(hclOf(aclRulesOf(role, { prefix: "rollpin", service }))));
}

/** Least power for everybody: ACLs deny by default. */
export async function startWorld(servers: 1 | 3): Promise<World> {
  const consul = await startConsul({ persistent: true, acl: true, servers });
  const operator = { consul: consul.address, token: await tokenFor(consul, "operator", "") };
  const tokens = new Map(await Promise.all(SERVICES.map(async (service) => [service, await tokenFor(consul, "agent", service)] as const)));
  const road = await openRoad(consul.address);
  const start = async (service: (typeof SERVICES)[number], number: number): Promise<CampaignAgent> => {
    const releases = Object.fromEntries(VERSIONS.map((version) => [version, "good.js"]));
    const host = await createHost();
    const token = tokens.get(service) ?? "";
    return { ...(await startAgent({ consul: road.address, token, environment: host.environment, service, instance: `${service}-${number}`, releases, yaml: YAML })), service, host, token };
  };
  const agents = await Promise.all([start("carts", 1), start("carts", 2), start("quotes", 1)]);
  for (const service of SERVICES) for (const version of VERSIONS) await until(`${service} ${version} is registered`, async () => (await consul.kv.get(`rollpin/releases/${service}/${version}`)) !== undefined);
  for (const service of SERVICES) for (const version of VERSIONS) await pinFirst(operator, service, version);
  const clients = SERVICES.map((service) => startCampaignClient(consul, service));
  return {
    consul,
    road,
    agents,
    clients,
    excuses: [],
    diary: openDiary(),
    operator,
    async stop() {
      for (const agent of agents) {
        await agent.remove();
        await agent.host.remove();
      }
      await Promise.all(clients.map((client) => client.end()));
      await road.stop();
      await consul.stop();
    },
  };
}
