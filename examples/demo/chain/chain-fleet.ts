/** The agents of the chain's story: one beside each service, each of which guards it. */
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../../../core/free-ports.ts";
import { type AgentFile, type Agents, startAgents } from "../agents.ts";
import { HOST, memberFile } from "../member-file.ts";
import type { DemoPlace, Prepared } from "../scenario.ts";
import type { Bus } from "./bus.ts";
import { AFTER, BEFORE, ROLES, type Role, instanceOf, nameOf } from "./services.ts";

export interface ChainFleet extends Agents {
  /** Where clients ask. */
  readonly web: { readonly host: string; readonly port: number };
}

export async function startChain({ folder }: DemoPlace, { consul, rollpin, sources }: Prepared, bus: Bus): Promise<ChainFleet> {
  const { env, prefix, service } = consul;
  const ports = await freePorts(ROLES.length);
  const portOf = (role: Role): number => ports[ROLES.indexOf(role)] ?? 0;
  for (const role of ROLES) for (const version of [BEFORE, AFTER]) await deliver(join(folder, role, version), sources);
  const places = Object.fromEntries(ROLES.flatMap((role) => [[`DEMO_${role.toUpperCase()}`, `${HOST}:${portOf(role)}`], [`DEMO_${role.toUpperCase()}_SERVICE`, nameOf(service, role)]]));
  const files = ROLES.map((role) => guardedFile(service, role, portOf(role), bus, { ...places, DEMO_BUS: bus.address }));
  const agents = await startAgents({ folder, rollpin, env, prefix, files, others: [bus.pid] });
  return { ...agents, web: { host: HOST, port: portOf("web") } };
}

/** As a deployer does: each version in a folder of its own. */
async function deliver(place: string, sources: string): Promise<void> {
  await mkdir(place, { recursive: true });
  await cp(join(sources, "chain", "service"), place, { recursive: true });
}

function guardedFile(service: string, role: Role, port: number, bus: Bus, environment: Readonly<Record<string, string>>): AgentFile {
  const name = nameOf(service, role);
  const member = memberFile({ instance: instanceOf(service, role), service: name, role, port, environment: { ...environment, DEMO_SERVICE: name } });
  return { ...member, settings: { ...member.settings, guard: { bus: { url: `nats://${bus.address}`, subject: "spans" } } } };
}
