/** The agents of the canary's story: one beside each instance, and one that routes. */
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { type AgentFile, type Agents, startAgents } from "./agents.ts";
import type { Environment } from "./consul.ts";
import type { RouterEntry } from "./opened-router.ts";

export interface FleetWanted {
  /** Everything is written below it. */
  readonly folder: string;
  /** Of examples/demo: the service and the agent's file. */
  readonly sources: string;
  /** The bundled `rollpin`. */
  readonly rollpin: string;
  readonly env: Environment;
  readonly service: string;
  readonly prefix: string;
  readonly versions: readonly string[];
  readonly instances: readonly string[];
  /** Which of them are canaries. */
  readonly canaries: readonly string[];
  /** What every instance's file has besides. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** What one more agent's file has of its own, which routes; undefined: there is none. */
  readonly router: RouterEntry | undefined;
  /** Where that agent's metrics are read; nowhere unless given. */
  readonly metricsAt?: string;
  /** What else ends when the demo is killed. */
  readonly others: readonly number[];
}

export interface Fleet extends Agents {
  readonly instances: readonly string[];
  readonly canaries: readonly string[];
}

export const CANARY = "canary";

export async function startFleet(wanted: FleetWanted): Promise<Fleet> {
  await deliver(wanted);
  const { canaries, instances, router } = wanted;
  const files = await Promise.all([...instances.map((instance) => instanceFile(wanted, instance)), ...(router === undefined ? [] : [routerFile(wanted, router)])]);
  return { instances, canaries, ...(await startAgents({ ...wanted, files })) };
}

/** As a deployer does: each version in a folder of its own. */
async function deliver({ folder, sources, versions }: FleetWanted): Promise<void> {
  for (const version of versions) await cp(join(sources, "service"), join(folder, "releases", version), { recursive: true });
}

/** The file that users copy, with what must differ between agents on one machine. */
async function instanceFile({ canaries, own, service, sources }: FleetWanted, instance: string): Promise<AgentFile> {
  const track = canaries.includes(instance) ? { track: CANARY } : {};
  return { name: instance, settings: { ...(await readExample(sources, "rollpin.yaml")), service, ...track, ...own } };
}

async function routerFile({ metricsAt, service, sources }: FleetWanted, { file, own }: RouterEntry): Promise<AgentFile> {
  const front = `${service}-front`;
  const { routers, ...common } = await readExample(sources, file);
  return { name: front, settings: { ...common, ...(metricsAt === undefined ? {} : { listen: metricsAt }), service: front, routers: (routers as readonly object[]).map((router) => ({ ...router, upstream: service, ...own })) } };
}

async function readExample(sources: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  return parse(await readFile(join(sources, file), "utf8")) as Record<string, unknown>;
}
