/** Five instances: five real `rollpin agent` processes, each with a file, a state folder and a service of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { systemClock } from "../../core/clock.ts";
import type { Environment } from "./consul.ts";
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
}

export interface Fleet {
  readonly instances: readonly string[];
  /** What ended although nobody told it to, with the last lines of its log. */
  fallen(): Promise<readonly string[]>;
  /** SIGTERM: each stops its service and signs off; SIGKILL for what doesn't. Answers who had to be killed. */
  stop(): Promise<readonly string[]>;
}

interface Agent {
  readonly instance: string;
  readonly child: ChildProcess;
  readonly log: string;
}

const STOP_LIMIT_MS = 12_000;
const LAST_LINES = 5;

export async function startFleet(wanted: FleetWanted): Promise<Fleet> {
  await deliver(wanted);
  const { instances } = wanted;
  const files = await Promise.all(instances.map((instance) => writeAgentFile(wanted, instance)));
  const agents: Agent[] = [];
  for (const [index, instance] of instances.entries()) agents.push(await startAgent(wanted, instance, files[index] ?? ""));
  const callOff = watchOver(agents.flatMap(({ child }) => child.pid ?? []), wanted.folder);
  return {
    instances,
    fallen: () => Promise.all(agents.filter(({ child }) => hasEnded(child)).map(describeFallen)),
    async stop() {
      const killed = (await Promise.all(agents.map(stopAgent))).filter((instance) => instance !== undefined);
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

/** The file that users copy, with what must differ between agents on one machine. */
async function writeAgentFile({ folder, prefix, service, sources }: FleetWanted, instance: string): Promise<string> {
  const common = parse(await readFile(join(sources, "rollpin.yaml"), "utf8")) as Record<string, unknown>;
  const file = join(folder, `${instance}.yaml`);
  await writeFile(file, stringify({ ...common, service, instance, prefix, state: `./state/${instance}` }));
  return file;
}

async function startAgent({ env, folder, rollpin }: FleetWanted, instance: string, file: string): Promise<Agent> {
  const log = join(folder, "logs", `${instance}.log`);
  const output = await open(log, "a");
  // A process group of its own: Ctrl-C in the terminal is for the demo, which stops things in their order.
  const child = spawn(process.execPath, [rollpin, "agent", "-c", file], { env, cwd: folder, detached: true, stdio: ["ignore", output.fd, output.fd] });
  await Promise.all([once(child, "spawn"), output.close()]);
  return { instance, child, log };
}

async function stopAgent({ child, instance }: Agent): Promise<string | undefined> {
  if (hasEnded(child)) return undefined;
  const ended = new AbortController();
  child.once("exit", () => ended.abort());
  child.kill("SIGTERM");
  await systemClock.sleep(STOP_LIMIT_MS, ended.signal);
  if (hasEnded(child)) return undefined;
  child.kill("SIGKILL");
  await systemClock.sleep(STOP_LIMIT_MS, ended.signal);
  return instance;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function describeFallen({ instance, log }: Agent): Promise<string> {
  const lines = (await readFile(log, "utf8")).trim().split("\n").slice(-LAST_LINES);
  return `the agent of ${instance} ended by itself:\n${lines.join("\n")}`;
}
