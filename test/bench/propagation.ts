/**
 * From the start of the operator's transaction to the last of N agents having applied and reported it, against bare
 * blocking queries with the same client. Flips of the three populations take turns, so that whatever else the machine
 * does meets all of them alike.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../core/store/port.ts";
import { openStore } from "./fleet/consul.ts";
import { applyFlip, flip, planFlip, registerReleases } from "./fleet/operator.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { now } from "./measure/now.ts";
import { options } from "./measure/options.ts";
import { type Quantiles, quantilesOf } from "./measure/quantiles.ts";
import { type Crowd, startCrowds } from "./propagation/crowd.ts";
import { type Population, type RoundSeen, populations, serviceOf } from "./propagation/messages.ts";

/** Agents of different machines don't share a disk: where there is memory that looks like one, it stands in for theirs. */
const MEMORY_DISK = "/dev/shm";

const flags = options({ agents: "1,100,1000", flips: "300", processes: "4", profile: "", "state-in": existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir() });

/**
 * Each agent has a heap of its own and makes garbage for less than one collection in a flip. Hundreds of them in one
 * process, of whichever population, share a young generation that has room for as much.
 */
const YOUNG_GENERATION = ["--min-semi-space-size=64", "--max-semi-space-size=128"];

const GOAL = 1.5;
/** Not counted: code isn't compiled yet. */
const WARM_UP = 20;

interface Samples {
  readonly applied: number[];
  readonly reported: number[];
  /** Milliseconds that all processes of the population have used, after each flip. */
  readonly cpu: number[];
}

const noSamples = (): Samples => ({ applied: [], reported: [], cpu: [] });

async function measure(agents: number): Promise<Record<Population, Samples>> {
  const consul = await startBenchConsul();
  const folder = await mkdtemp(join(flags["state-in"], "rollpin-propagation-"));
  const store = openStore(consul.address);
  try {
    for (const population of populations) {
      await registerReleases(store, serviceOf(population), ["1.0.0", "2.0.0"]);
      await flip(store, serviceOf(population), "2.0.0");
    }
    const execArgv = [...YOUNG_GENERATION, ...(flags.profile === "" ? [] : ["--cpu-prof", `--cpu-prof-dir=${flags.profile}`])];
    const processes = agents >= 100 ? Number(flags.processes) : 1;
    const crowds = await startCrowds({ address: consul.address, watchers: agents, processes, folder, execArgv });
    const samples = await flipAll(store, crowds);
    await Promise.all(crowds.map((crowd) => crowd.end()));
    return samples;
  } finally {
    store.close();
    await consul.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function flipAll(store: Store, crowds: readonly Crowd[]): Promise<Record<Population, Samples>> {
  const samples: Record<Population, Samples> = { watch: noSamples(), report: noSamples(), agents: noSamples() };
  const flips = Number(flags.flips);
  for (let round = -WARM_UP; round < flips; round += 1) {
    // Each population comes first, second and last in turn.
    for (let turn = 0; turn < crowds.length; turn += 1) {
      const crowd = crowds[(turn + Math.abs(round)) % crowds.length];
      if (crowd === undefined) continue;
      const took = await flipOnce(store, crowd, round % 2 === 0 ? "1.0.0" : "2.0.0");
      if (round >= 0) {
        samples[crowd.population].applied.push(took.applied);
        samples[crowd.population].reported.push(took.reported);
        samples[crowd.population].cpu.push(took.cpu);
      }
    }
  }
  return samples;
}

/** Milliseconds from the start of the transaction. */
async function flipOnce(store: Store, crowd: Crowd, version: string): Promise<Omit<RoundSeen, "round">> {
  const plan = await planFlip(store, serviceOf(crowd.population), version);
  const seen = crowd.nextRound();
  const startedAt = now();
  const [, { applied, cpu, reported }] = await Promise.all([applyFlip(store, plan), seen]);
  await crowd.quiet();
  return { applied: applied - startedAt, reported: reported - startedAt, cpu };
}

function figuresOf(agents: number, samples: Record<Population, Samples>): readonly Figure[] {
  const watch = quantilesOf(samples.watch.applied);
  const woken = quantilesOf(samples.report.applied);
  const report = quantilesOf(samples.report.reported);
  const applied = quantilesOf(samples.agents.applied);
  const reported = quantilesOf(samples.agents.reported);
  const ratio = (name: string, over: Quantiles, under: Quantiles): Figure[] =>
    (["p50", "p99"] as const).map((share) => ({
      name: `${agents} agents, ${name}, ${share}`,
      value: over[share] / under[share],
      unit: "x",
      ...(agents === 1_000 ? { atMost: { value: GOAL, kind: "goal" } as const } : {}),
    }));
  const times = (name: string, taken: Quantiles): Figure[] => (["p50", "p99"] as const).map((share) => ({ name: `${agents} ${name}, ${share}`, value: taken[share], unit: "ms" }));
  return [
    ...times("bare blocking queries", watch),
    ...times("bare blocking queries that each write once, last is woken", woken),
    ...times("bare blocking queries that each write once, last has written", report),
    ...times("agents, last has applied", applied),
    ...times("agents, last has reported", reported),
    ...populations.map((population) => ({ name: `${agents} agents, CPU of one wake-up, ${population}`, value: cpuOfWakeUp(samples[population], agents), unit: "us" })),
    ...ratio("last applied / last bare query", applied, watch),
    ...ratio("last applied / last bare query of those that write too", applied, woken),
    ...ratio("last reported / last bare write", reported, report),
    ...ratio("last reported / last bare query", reported, watch),
  ];
}

/** Microseconds of the watchers' own processes, with what goes on behind the report: a busy machine changes it little. */
function cpuOfWakeUp({ cpu }: Samples, agents: number): number {
  return (((cpu.at(-1) ?? 0) - (cpu[0] ?? 0)) * 1_000) / (cpu.length - 1) / agents;
}

const figures: Figure[] = [];
for (const agents of flags.agents.split(",").map(Number)) {
  const startedAt = now();
  figures.push(...figuresOf(agents, await measure(agents)));
  console.error(`${agents} agents: ${flags.flips} flips of each population in ${Math.round((now() - startedAt) / 1_000)} s`);
}
process.exitCode = tell(figures);
