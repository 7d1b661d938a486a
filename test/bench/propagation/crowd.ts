/** One population: its watchers, spread over processes. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Population, type RoundSeen, type Start, populations } from "./messages.ts";

export interface Crowd {
  readonly population: Population;
  /** Resolves when every process has seen the next round; to be asked before the flip. */
  nextRound(): Promise<RoundSeen>;
  end(): Promise<void>;
}

export interface CrowdOptions {
  readonly address: string;
  readonly watchers: number;
  readonly processes: number;
  readonly folder: string;
  /** For the processes, such as `--cpu-prof`. */
  readonly execArgv: readonly string[];
}

const ROUND_MS = 120_000;

export async function startCrowd(population: Population, options: CrowdOptions): Promise<Crowd> {
  const { address, execArgv, folder, processes, watchers } = options;
  const share = Math.ceil(watchers / processes);
  const children = await Promise.all(
    Array.from({ length: Math.ceil(watchers / share) }, (_, at) => startChild({ population, address, folder, first: at * share, count: Math.min(share, watchers - at * share) }, execArgv)),
  );
  return {
    population,
    async nextRound() {
      const seen = await Promise.all(children.map(nextSeen));
      const rounds = new Set(seen.map(({ round }) => round));
      if (rounds.size > 1) throw new Error(`${population}: a watcher missed a flip, or saw one that nobody made: rounds ${[...rounds].join(", ")}`);
      const most = (of: (one: RoundSeen) => number): number => Math.max(...seen.map(of));
      return { round: most(({ round }) => round), applied: most(({ applied }) => applied), reported: most(({ reported }) => reported), cpu: seen.reduce((sum, { cpu }) => sum + cpu, 0) };
    },
    async end() {
      await Promise.all(children.map(endChild));
    },
  };
}

/** Starts each population's processes. */
export async function startCrowds(options: CrowdOptions): Promise<readonly Crowd[]> {
  const crowds: Crowd[] = [];
  for (const population of populations) crowds.push(await startCrowd(population, options));
  return crowds;
}

async function startChild(start: Start, execArgv: readonly string[]): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("./propagation/worker.mjs", import.meta.url)), { execArgv: [...execArgv] });
  child.send(start);
  const said = await nextMessage(child);
  if (said !== "ready") throw new Error(`a worker said ${JSON.stringify(said)} where "ready" was due`);
  return child;
}

async function nextSeen(child: ChildProcess): Promise<RoundSeen> {
  return (await nextMessage(child)) as RoundSeen;
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`worker ${child.pid} said nothing for ${ROUND_MS} ms`)), ROUND_MS);
    const onExit = (code: number | null): void => reject(new Error(`worker ${child.pid} ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      clearTimeout(timer);
      child.off("exit", onExit);
      resolve(message);
    });
  });
}

function endChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.disconnect();
  });
}
