/** The agents of the chain's story: one beside each service, each of which guards it. */
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../../../core/free-ports.ts";
import { type AgentFile, type Agents, startAgents } from "../agents.ts";
import type { DemoPlace, Prepared } from "../scenario.ts";
import type { Bus } from "./bus.ts";
import { AFTER, BEFORE, ROLES, type Role, instanceOf, nameOf } from "./services.ts";

export interface ChainFleet extends Agents {
  /** Where clients ask. */
  readonly web: { readonly host: string; readonly port: number };
}

const HOST = "127.0.0.1";

export async function startChain({ folder }: DemoPlace, { consul, rollpin, sources }: Prepared, bus: Bus): Promise<ChainFleet> {
  const { env, prefix, service } = consul;
  const ports = await freePorts(ROLES.length);
  const portOf = (role: Role): number => ports[ROLES.indexOf(role)] ?? 0;
  for (const role of ROLES) for (const version of [BEFORE, AFTER]) await deliver(join(folder, role, version), sources);
  const places = Object.fromEntries(ROLES.flatMap((role) => [[`DEMO_${role.toUpperCase()}`, `${HOST}:${portOf(role)}`], [`DEMO_${role.toUpperCase()}_SERVICE`, nameOf(service, role)]]));
  const files = ROLES.map((role) => memberFile(service, role, portOf(role), bus, { ...places, DEMO_BUS: bus.address }));
  const agents = await startAgents({ folder, rollpin, env, prefix, files, others: [bus.pid] });
  return { ...agents, web: { host: HOST, port: portOf("web") } };
}

/** As a deployer does: each version in a folder of its own. */
async function deliver(place: string, sources: string): Promise<void> {
  await mkdir(place, { recursive: true });
  await cp(join(sources, "chain", "service"), place, { recursive: true });
}

function memberFile(service: string, role: Role, port: number, bus: Bus, environment: Readonly<Record<string, string>>): AgentFile {
  return {
    name: instanceOf(service, role),
    settings: {
      service: nameOf(service, role),
      releases: { artifacts: `./${role}/{{version}}` },
      register: { check: { http: "/healthz", interval: "1s" } },
      guard: { bus: { url: `nats://${bus.address}`, subject: "spans" } },
      appliers: [
        {
          process: {
            command: ["node", `${role}/{{version}}/server.js`, "{{port}}"],
            ready: { http: "/healthz" },
            inbound: { port, address: HOST },
            environment: { ...environment, DEMO_ROLE: role, DEMO_SERVICE: nameOf(service, role) },
            stopGrace: "5s",
            onAgentExit: "stop",
          },
        },
      ],
    },
  };
}
