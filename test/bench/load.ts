/**
 * One agent in use for an hour: clients at its inbound port, a flip every few seconds, some by hand, scrapes, a road to
 * Consul that is cut now and then, neighbours' keys. Nothing may grow: memory and descriptors as the kernel counts them,
 * its state folder, its processes, history in Consul. `--minutes 60` is the proof.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../core/free-ports.ts";
import { openRoad } from "../support/road.ts";
import { pidsUnder } from "../support/rollpin.ts";
import { openStore } from "./fleet/consul.ts";
import { flip, registerReleases } from "./fleet/operator.ts";
import { PREFIX } from "./fleet/start-agent.ts";
import { startBundle } from "./fleet/start-bundle.ts";
import { createTally, every } from "./load/work.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { options } from "./measure/options.ts";
import { median } from "./measure/quantiles.ts";
import { floorsOf, slopeMibPerHour } from "./measure/slope.ts";
import { type Usage, readUsage } from "./measure/usage.ts";

const flags = options({ minutes: "5", "flip-seconds": "5", rate: "50", bin: "dist/rollpin.js", "node-flags": "" });

const SERVICE = "checkout";
const VERSIONS = ["1.0.0", "2.0.0"] as const;
const KEPT = 50;
/** History is cut back once in ten revisions. */
const KEPT_AT_MOST = KEPT + 10;
const SLOPE_BOUND_MIB = 4;
const LONG_ENOUGH_MINUTES = 30;
/** One connection more or less is in flight at any time; a leak of one in a hundred flips would show ten times that. */
const DESCRIPTORS_BOUND = 5;
/** Agents collect all their garbage that often (agent/keep-memory-small.ts). */
const COLLECTED_MS = 300_000;
const SAMPLE_MS = 5_000;
const SETTLE_MS = 20_000;
/** Every flip leaves one process to drain, and one may be starting. */
const PROCESSES_BOUND = 4;
const FILES_BOUND = 20;

const agentFile = (local: number, inbound: number): string => `
service: ${SERVICE}
instance: ${SERVICE}-1
listen: 127.0.0.1:${local}
appliers:
  - process:
      command: ["${process.execPath}", "server.mjs", "{{version}}"]
      environment: { PORT: "{{port}}" }
      onAgentExit: stop
      inbound: { port: ${inbound}, address: 127.0.0.1 }
`;

async function listFiles(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true })).length;
}

async function put(key: string, value: string): Promise<void> {
  const answer = await fetch(`http://${consul.address}/v1/kv/${key}`, { method: "PUT", body: value });
  await answer.arrayBuffer();
}

async function play(pid: number, local: number, inbound: number, road: { cut(): void }): Promise<readonly Usage[]> {
  const over = AbortSignal.timeout(Number(flags.minutes) * 60_000 + SETTLE_MS);
  const samples: Usage[] = [];
  const ask = async (url: string): Promise<void> => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  };
  await Promise.all([
    every(1_000 / Number(flags.rate), over, () => tally.count("requests", () => ask(`http://127.0.0.1:${inbound}/`))),
    every(1_000, over, () => tally.count("scrapes", () => Promise.all([ask(`http://127.0.0.1:${local}/metrics`), ask(`http://127.0.0.1:${local}/v1/state`)]))),
    every(Number(flags["flip-seconds"]) * 1_000, over, (turn) => {
      const version = VERSIONS[turn % 2] ?? VERSIONS[0];
      // Every fifth is flipped by hand, and adopted by the agent.
      return tally.count("flips", () => (turn % 5 === 4 ? put(`${PREFIX}/desired/${SERVICE}/pin`, version) : flip(store, SERVICE, version)));
    }),
    every(200, over, (turn) => tally.count("neighbours' writes", () => put(`${PREFIX}/instances/other/other-${turn % 100}`, String(turn)))),
    every(45_000, over, () => tally.count("cuts", async () => road.cut())),
    every(SAMPLE_MS, over, async (turn) => {
      if (turn * SAMPLE_MS >= SETTLE_MS) samples.push(await readUsage(pid));
    }),
  ]);
  return samples;
}

async function figuresOf(samples: readonly Usage[], filesAtFirst: number): Promise<readonly Figure[]> {
  const quarter = Math.ceil(samples.length / 4);
  const descriptors = (some: readonly Usage[]): number => median(some.map((usage) => usage.descriptors));
  const floors = floorsOf(samples, COLLECTED_MS);
  const isLong = Number(flags.minutes) >= LONG_ENOUGH_MINUTES;
  const [history, files, pids] = await Promise.all([store.keys(`history/${SERVICE}/`), listFiles(join(folder, "rollpin-state")), pidsUnder(folder)]);
  if (!history.ok) throw new Error(JSON.stringify(history.fault));
  const counts = tally.counts().map(({ name, done, failed }): readonly Figure[] => [
    { name: `under load, ${name}`, value: done, unit: "times" },
    { name: `under load, ${name} that failed`, value: failed, unit: "times", ...(name === "flips" ? {} : { atMost: { value: 0, kind: "bound" } as const }) },
  ]);
  return [
    ...counts.flat(),
    { name: "under load, memory at first", value: samples[0]?.rssMib ?? Number.NaN, unit: "MiB" },
    { name: "under load, memory at last", value: samples.at(-1)?.rssMib ?? Number.NaN, unit: "MiB" },
    { name: "under load, most memory", value: Math.max(...samples.map(({ rssMib }) => rssMib)), unit: "MiB" },
    { name: "under load, memory's floors, first and last", value: floors[0]?.rssMib ?? Number.NaN, unit: `MiB to ${floors.at(-1)?.rssMib.toFixed(1)} MiB` },
    { name: `under load, slope of memory's floors over the last ${Number(flags.minutes) / 2} minutes`, value: slopeMibPerHour(floors), unit: "MiB/h", ...(isLong ? { atMost: { value: SLOPE_BOUND_MIB, kind: "bound" } as const } : {}) },
    { name: "under load, descriptors in the last quarter above the first's", value: descriptors(samples.slice(-quarter)) - descriptors(samples.slice(0, quarter)), unit: "descriptors", atMost: { value: DESCRIPTORS_BOUND, kind: "bound" } },
    { name: "under load, history kept in Consul", value: history.value.length, unit: "revisions", atMost: { value: KEPT_AT_MOST, kind: "bound" } },
    { name: "under load, files in the state folder above those at first", value: files - filesAtFirst, unit: "files", atMost: { value: FILES_BOUND, kind: "bound" } },
    { name: "under load, processes", value: pids.length, unit: "processes", atMost: { value: PROCESSES_BOUND, kind: "bound" } },
  ];
}

const consul = await startBenchConsul();
const folder = await mkdtemp(join(tmpdir(), "rollpin-load-"));
const store = openStore(consul.address);
const road = await openRoad(consul.address);
const tally = createTally();
try {
  await put(`${PREFIX}/meta/history`, String(KEPT));
  await registerReleases(store, SERVICE, VERSIONS);
  await flip(store, SERVICE, VERSIONS[1]);
  const [local = 0, inbound = 0] = await freePorts(2);
  const agent = await startBundle({ bin: flags.bin, nodeFlags: flags["node-flags"], consul: road.address, folder, yaml: agentFile(local, inbound), local: `http://127.0.0.1:${local}` });
  try {
    const files = await listFiles(join(folder, "rollpin-state"));
    process.exitCode = tell(await figuresOf(await play(agent.pid, local, inbound, road), files));
  } finally {
    await agent.end();
  }
} finally {
  store.close();
  await road.stop();
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
}
