/** One population: its watchers, spread over processes. */
import { type WorkerProcess, startWorkerProcess } from "../measure/worker-process.ts";
import { type Population, type RoundSeen, type Start, populations } from "./messages.ts";

export interface Crowd {
  readonly population: Population;
  /** Resolves when every process has seen the next round. */
  nextRound(): Promise<RoundSeen>;
  /** Resolves when what goes on behind that round (the disk, garbage) is over, so that the next flip doesn't pay for it. */
  quiet(): Promise<void>;
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

/** Starts each population's processes. */
export async function startCrowds(options: CrowdOptions): Promise<readonly Crowd[]> {
  const crowds: Crowd[] = [];
  for (const population of populations) crowds.push(await startCrowd(population, options));
  return crowds;
}

export async function startCrowd(population: Population, options: CrowdOptions): Promise<Crowd> {
  const { address, execArgv, folder, processes, watchers } = options;
  const share = Math.ceil(watchers / processes);
  const places = Array.from({ length: Math.ceil(watchers / share) }, (_, at) => ({ first: at * share, count: Math.min(share, watchers - at * share) }));
  const workers = await Promise.all(places.map((place) => startWatchers({ population, address, folder, ...place }, execArgv)));
  return {
    population,
    nextRound: async () => sameRound(population, await nextOfAll<RoundSeen>(workers)),
    quiet: async () => void (await nextOfAll<"quiet">(workers)),
    end: async () => void (await Promise.all(workers.map((worker) => worker.end()))),
  };
}

/** Resolves when all of them are parked. */
async function startWatchers(start: Start, execArgv: readonly string[]): Promise<WorkerProcess> {
  const worker = startWorkerProcess("propagation/worker", { execArgv });
  worker.send(start);
  const first = await worker.next();
  if (first !== "ready") throw new Error(`a worker said ${JSON.stringify(first)} where "ready" was due`);
  return worker;
}

async function nextOfAll<T>(workers: readonly WorkerProcess[]): Promise<readonly T[]> {
  return (await Promise.all(workers.map((worker) => worker.next()))) as readonly T[];
}

function sameRound(population: Population, seen: readonly RoundSeen[]): RoundSeen {
  const most = (of: (one: RoundSeen) => number): number => Math.max(...seen.map(of));
  const round = most((one) => one.round);
  if (seen.some((one) => one.round !== round)) throw new Error(`${population}: a watcher missed a flip, or saw one that nobody made: rounds ${seen.map((one) => one.round).join(", ")}`);
  return { round, applied: most(({ applied }) => applied), reported: most(({ reported }) => reported), cpu: seen.reduce((sum, { cpu }) => sum + cpu, 0) };
}
