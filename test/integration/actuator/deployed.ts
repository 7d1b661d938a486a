/** A service that one command deploys, with the agents that may lead, and what the command wrote down. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ActuatorRecord, actuatorSchema } from "../../../core/model/actuator-records.ts";
import type { ConsulServer } from "../../support/consul-server.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

const DEPLOY = fileURLToPath(new URL("../../support/commands/deploy.js", import.meta.url));
export const VERSIONS = ["1.0.0", "2.0.0", "3.0.0"] as const;

export interface Run {
  readonly event: "begin" | "stopped" | "end";
  readonly version: string;
  readonly generation: number;
  readonly attempt: number;
  readonly by: string;
  readonly pid: number;
  readonly restart: boolean;
}

export interface Deployed {
  readonly service: string;
  readonly agents: readonly TestAgent[];
  /** Everything that the command wrote down, in order. */
  log(): Promise<readonly Run[]>;
  begun(): Promise<readonly Run[]>;
  /** While it stands, the command takes its time (`hold`) or fails (`broken`). */
  raise(obstacle: "hold" | "broken"): Promise<void>;
  clear(obstacle: "hold" | "broken"): Promise<void>;
  /** What was deployed last. */
  version(): Promise<string>;
  /** A hand of somebody else deploys it. */
  deployByHand(version: string): Promise<void>;
  lock(): Promise<ActuatorRecord | undefined>;
  /** Of whoever holds the lock now. */
  session(): Promise<string | undefined>;
  leader(): Promise<TestAgent>;
  followers(): Promise<readonly TestAgent[]>;
  /** All agents say that they are in sync at that version, and it is what was deployed. */
  settled(version: string): Promise<void>;
  remove(): Promise<void>;
}

export interface DeployedOptions {
  readonly consul: ConsulServer;
  readonly service: string;
  readonly agents: number;
  /** More lines of the agents' files. */
  readonly yaml?: string;
  readonly exec?: string;
  /** Of each agent in turn. */
  readonly tokens?: readonly string[];
}

const readOr = async (path: string): Promise<string> => await readFile(path, "utf8").catch(() => "");

export async function startDeployed({ agents: count, consul, exec = "", service, tokens, yaml = "" }: DeployedOptions): Promise<Deployed> {
  const world = await mkdtemp(join(tmpdir(), "rp-world-"));
  const file = `actuator: service
register: false
sessionTtl: 10s
${yaml}
appliers:
  - exec:
      command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(DEPLOY)}]
      environment: { WORLD: ${JSON.stringify(world)} }
${exec}`;
  const releases = Object.fromEntries(VERSIONS.map((version) => [version, "good.js"]));
  const agents = await Promise.all(Array.from({ length: count }, (_, at) => startAgent({ consul: consul.address, token: tokens?.[at], service, instance: `${service}-${at + 1}`, releases, yaml: file.replaceAll("$WORLD", world) })));
  const remove = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.remove()));
    await rm(world, { recursive: true, force: true });
  };
  try {
    for (const version of VERSIONS) await until(`${service} ${version} is registered`, async () => (await consul.kv.get(`rollpin/releases/${service}/${version}`)) !== undefined);
  } catch (thrown) {
    await remove();
    throw thrown;
  }
  const key = `rollpin/locks/actuator/${service}/stable`;
  const log = async (): Promise<readonly Run[]> =>
    (await readOr(join(world, "log")))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Run);
  const lock = async (): Promise<ActuatorRecord | undefined> => {
    const text = await consul.kv.get(key);
    return text === undefined ? undefined : actuatorSchema.parse(JSON.parse(text));
  };
  const session = async (): Promise<string | undefined> => (await consul.kv.entry(key))?.session;
  const leader = (): Promise<TestAgent> =>
    until(`somebody leads ${service}`, async () => {
      const record = (await session()) === undefined ? undefined : await lock();
      return agents.find(({ instance }) => instance === record?.leader);
    });
  return {
    service,
    agents,
    log,
    begun: async () => (await log()).filter(({ event }) => event === "begin"),
    raise: (obstacle) => writeFile(join(world, obstacle), ""),
    clear: (obstacle) => rm(join(world, obstacle), { force: true }),
    version: async () => (await readOr(join(world, "version"))).trim(),
    deployByHand: (version) => writeFile(join(world, "version"), `${version}\n`),
    lock,
    session,
    leader,
    async followers() {
      const { instance } = await leader();
      return agents.filter((agent) => agent.instance !== instance);
    },
    async settled(version) {
      for (const agent of agents) {
        await until(`${agent.instance} is in sync at ${version}`, async () => {
          const { headRevision, record } = await agent.state();
          return record.status === "in-sync" && record.version === version && record.revision === headRevision;
        }, { deadlineMs: 60_000 });
      }
      await until(`${version} is deployed`, async () => (await readOr(join(world, "version"))).trim() === version);
    },
    remove,
  };
}

/** A killed orphan is a zombie until somebody reaps it: gone, or `Z`. */
export async function hasEnded(pid: number): Promise<boolean> {
  const stat = await readOr(`/proc/${pid}/stat`);
  return stat === "" || / [ZX] /.test(stat);
}
