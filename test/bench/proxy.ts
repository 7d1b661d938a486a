/**
 * What the built-in router costs beside the least that forwarding with the same library takes, and HAProxy and nginx
 * where they are installed: all in one run, taking turns, one thread each, answers of one kilobyte. Each is started several
 * times, with so many rounds each time. With `--audit yes` one more, which writes down every request, beside the one that doesn't.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Figure, tell } from "./measure/figures.ts";
import { options } from "./measure/options.ts";
import { median, quantile } from "./measure/quantiles.ts";
import { saturate, steady } from "./proxy/client.ts";
import { type Front, startInstalled, startScript } from "./proxy/fronts.ts";

const flags = options({ starts: "4", rounds: "3", seconds: "2", connections: "50", rate: "1500", audit: "no" });

/** At least 90% of the bare forwarder's. */
const BOUND = 1 / 0.9;
const WARM_UP_MS = 2_000;

interface Samples {
  readonly rps: number[];
  /** Microseconds of CPU for one request. */
  readonly cpu: number[];
  readonly p50: number[];
  readonly p99: number[];
}

async function measure(front: Front, samples: Samples): Promise<void> {
  const ms = Number(flags.seconds) * 1_000;
  const before = front.cpuMs();
  const rps = await saturate(front.port, Number(flags.connections), ms);
  samples.rps.push(rps);
  samples.cpu.push(((front.cpuMs() - before) * 1_000) / (rps * Number(flags.seconds)));
  const times = await steady(front.port, Number(flags.rate), ms);
  samples.p50.push(quantile(times, 0.5));
  samples.p99.push(quantile(times, 0.99));
}

/** The median of each round's own ratio: both sides of it met the same machine. */
const paired = (over: readonly number[], under: readonly number[]): number => median(over.map((value, at) => value / (under[at] ?? Number.NaN)));

const samples = new Map<string, Samples>();
const folder = await mkdtemp(join(tmpdir(), "rollpin-bench-proxy-"));
const AUDITING = "router that writes an audit log";
const upstream = await startScript("upstream", "proxy/upstream");
const [one = 0, two = 0] = upstream.ports;

async function measureAll(fronts: readonly Front[]): Promise<void> {
  await pause(WARM_UP_MS);
  for (const front of fronts) await saturate(front.port, Number(flags.connections), WARM_UP_MS);
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    // Whoever goes first meets another machine than whoever goes last: so each does in turn.
    for (let turn = 0; turn < fronts.length; turn += 1) {
      const front = fronts[(turn + round) % fronts.length];
      const own = front === undefined ? undefined : samples.get(front.name);
      if (front !== undefined && own !== undefined) await measure(front, own);
    }
  }
}

async function auditing(): Promise<readonly Front[]> {
  return flags.audit === "yes" ? [await startScript(AUDITING, "proxy/router", String(one), String(two), join(folder, "audit.jsonl"))] : [];
}

try {
  // One process is some percent faster than the next of the same code, for as long as it lives.
  for (let start = 0; start < Number(flags.starts); start += 1) {
    const fronts = [await startScript("bare node:http", "proxy/bare", String(one)), await startScript("router", "proxy/router", String(one), String(two)), ...(await auditing()), ...(await startInstalled(one))];
    for (const { name } of fronts) if (!samples.has(name)) samples.set(name, { rps: [], cpu: [], p50: [], p99: [] });
    try {
      await measureAll(fronts);
    } finally {
      await Promise.all(fronts.map((front) => front.end()));
    }
  }
  const [bare, router] = [...samples.values()];
  if (bare === undefined || router === undefined) throw new Error("two must have been measured");
  const figures: Figure[] = [...samples].flatMap(([name, { cpu, p50, p99, rps }]) => [
    { name: `${name}, requests per second with ${flags.connections} connections`, value: median(rps), unit: "/s" },
    { name: `${name}, CPU of a request`, value: median(cpu), unit: "us" },
    { name: `${name}, p50 at ${flags.rate}/s`, value: median(p50), unit: "ms" },
    { name: `${name}, p99 at ${flags.rate}/s`, value: median(p99), unit: "ms" },
  ]);
  const writer = samples.get(AUDITING);
  process.exitCode = tell([
    ...figures,
    { name: "bare / router, requests per second", value: paired(bare.rps, router.rps), unit: "x", atMost: { value: BOUND, kind: "bound" } },
    { name: "router / bare, CPU of a request", value: paired(router.cpu, bare.cpu), unit: "x", atMost: { value: BOUND, kind: "goal" } },
    { name: "router / bare, p99 at a steady rate", value: paired(router.p99, bare.p99), unit: "x", atMost: { value: BOUND, kind: "goal" } },
    ...(writer === undefined ? [] : [{ name: "CPU of a request, with an audit log / without", value: paired(writer.cpu, router.cpu), unit: "x" }]),
  ]);
} finally {
  await upstream.end();
  await rm(folder, { recursive: true, force: true });
}
