/** Real `rollpin agent` processes, each with a file and a state folder of its own: one beside each instance, and one that routes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { systemClock } from "../../core/clock.ts";
import type { Environment } from "./consul.ts";
import type { RouterEntry } from "./opened-router.ts";
import { watchOver } from "./watchdog.ts";

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
  /** What one more agent's file has of its own, which routes; undefined: there is none. */
  readonly router: RouterEntry | undefined;
  /** What else ends when the demo is killed. */
  readonly others: readonly number[];
}

export interface Fleet {
  readonly instances: readonly string[];
  readonly canaries: readonly string[];
  /** What ended although nobody told it to, with the last lines of its log. */
  fallen(): Promise<readonly string[]>;
  /** SIGTERM: each stops its service and signs off; SIGKILL for what doesn't. Answers who had to be killed. */
  stop(): Promise<readonly string[]>;
}

interface Agent {
  /** Its instance's, or the router's. */
  readonly name: string;
  readonly child: ChildProcess;
  readonly log: string;
}

export const CANARY = "canary";
const STOP_LIMIT_MS = 12_000;
const LAST_LINES = 5;

export async function startFleet(wanted: FleetWanted): Promise<Fleet> {
  await deliver(wanted);
  const { canaries, instances, router } = wanted;
  const files = await Promise.all([...instances.map((instance) => writeInstanceFile(wanted, instance)), ...(router === undefined ? [] : [writeRouterFile(wanted, router)])]);
  const agents: Agent[] = [];
  for (const file of files) agents.push(await startAgent(wanted, file));
  const callOff = watchOver([...agents.flatMap(({ child }) => child.pid ?? []), ...wanted.others], wanted.folder);
  return {
    instances,
    canaries,
    fallen: () => Promise.all(agents.filter(({ child }) => hasEnded(child)).map(describeFallen)),
    async stop() {
      const killed = (await Promise.all(agents.map(stopAgent))).filter((name) => name !== undefined);
      callOff();
      return killed;
    },
  };
}

/** As a deployer does: each version in a folder of its own. */
async function deliver({ folder, sources, versions }: FleetWanted): Promise<void> {
  for (const version of versions) await cp(join(sources, "service"), join(folder, "releases", version), { recursive: true });
  await mkdir(join(folder, "logs"), { recursive: true });
}

interface AgentFile {
  readonly name: string;
  readonly path: string;
}

/** The file that users copy, with what must differ between agents on one machine. */
function writeInstanceFile(wanted: FleetWanted, instance: string): Promise<AgentFile> {
  const track = wanted.canaries.includes(instance) ? { track: CANARY } : {};
  return writeAgentFile(wanted, "rollpin.yaml", instance, () => ({ service: wanted.service, ...track }));
}

function writeRouterFile(wanted: FleetWanted, { file, own }: RouterEntry): Promise<AgentFile> {
  const service = `${wanted.service}-front`;
  return writeAgentFile(wanted, file, service, ({ routers }) => ({ service, routers: (routers as readonly object[]).map((router) => ({ ...router, upstream: wanted.service, ...own })) }));
}

async function writeAgentFile({ folder, prefix, sources }: FleetWanted, source: string, name: string, own: (common: Readonly<Record<string, unknown>>) => object): Promise<AgentFile> {
  const common = parse(await readFile(join(sources, source), "utf8")) as Record<string, unknown>;
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, stringify({ ...common, ...own(common), instance: name, prefix, state: `./state/${name}` }));
  return { name, path };
}

async function startAgent({ env, folder, rollpin }: FleetWanted, { name, path }: AgentFile): Promise<Agent> {
  const log = join(folder, "logs", `${name}.log`);
  const output = await open(log, "a");
  // A process group of its own: Ctrl-C in the terminal is for the demo, which stops things in their order.
  const child = spawn(process.execPath, [rollpin, "agent", "-c", path], { env, cwd: folder, detached: true, stdio: ["ignore", output.fd, output.fd] });
  await Promise.all([once(child, "spawn"), output.close()]);
  return { name, child, log };
}

async function stopAgent({ child, name }: Agent): Promise<string | undefined> {
  if (hasEnded(child)) return undefined;
  const ended = new AbortController();
  child.once("exit", () => ended.abort());
  child.kill("SIGTERM");
  await systemClock.sleep(STOP_LIMIT_MS, ended.signal);
  if (hasEnded(child)) return undefined;
  child.kill("SIGKILL");
  await systemClock.sleep(STOP_LIMIT_MS, ended.signal);
  return name;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function describeFallen({ log, name }: Agent): Promise<string> {
  const lines = (await readFile(log, "utf8")).trim().split("\n").slice(-LAST_LINES);
  return `the agent of ${name} ended by itself:\n${lines.join("\n")}`;
}
