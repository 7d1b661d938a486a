/** Real `rollpin agent` processes of one demo, each with a file, a state folder and a log of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { systemClock } from "../../core/clock.ts";
import type { Environment } from "./consul.ts";
import { killStrays } from "./strays.ts";
import { watchOver } from "./watchdog.ts";

export interface AgentsWanted {
  /** Everything is written below it. */
  readonly folder: string;
  /** The bundled `rollpin`. */
  readonly rollpin: string;
  readonly env: Environment;
  readonly prefix: string;
  readonly files: readonly AgentFile[];
  /** What else ends when the demo is killed. */
  readonly others: readonly number[];
}

export interface AgentFile {
  /** The instance. */
  readonly name: string;
  /** What else stands in it; prefix and state are the demo's. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Agents {
  /** What ended although nobody told it to, with the last lines of its log. */
  fallen(): Promise<readonly string[]>;
  /** SIGTERM: each stops its service and signs off; SIGKILL for what doesn't. Answers who had to be killed. */
  stop(): Promise<readonly string[]>;
}

interface Agent {
  readonly name: string;
  readonly child: ChildProcess;
  readonly log: string;
}

const STOP_LIMIT_MS = 12_000;
const LAST_LINES = 5;

export async function startAgents(wanted: AgentsWanted): Promise<Agents> {
  await mkdir(join(wanted.folder, "logs"), { recursive: true });
  const agents: Agent[] = [];
  for (const file of wanted.files) agents.push(await startAgent(wanted, file));
  const callOff = watchOver([...agents.flatMap(({ child }) => child.pid ?? []), ...wanted.others], wanted.folder);
  return {
    fallen: () => Promise.all(agents.filter(({ child }) => hasEnded(child)).map(describeFallen)),
    async stop() {
      const killed = (await Promise.all(agents.map(stopAgent))).filter((name) => name !== undefined);
      callOff();
      return killed;
    },
  };
}

/** Agents end their services. What is left after that is a fault, which is told, and ended too; `stop` ends what is no agent's. */
export async function endAgents(agents: Agents, folder: string, complain: (text: string) => void, stop: () => Promise<unknown>): Promise<void> {
  const killed = await agents.stop();
  if (killed.length > 0) complain(`had to be killed: the agents of ${killed.join(", ")}`);
  await stop();
  const strays = await killStrays(folder);
  if (strays.length > 0) complain(`left behind by agents, and killed: ${strays.join(", ")}`);
}

async function startAgent({ env, folder, prefix, rollpin }: AgentsWanted, { name, settings }: AgentFile): Promise<Agent> {
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, stringify({ ...settings, instance: name, prefix, state: `./state/${name}` }));
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
