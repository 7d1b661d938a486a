/**
 * What `history` of a long-lived service and `status` of a large fleet cost, and how that grows: the bundled CLI as a whole
 * process against a real Consul, beside a Node that only fetches the same bytes from it.
 */
import { fileURLToPath } from "node:url";
import { measureCommand } from "./big-registry/command.ts";
import { fillService } from "./big-registry/fill.ts";
import { openStore } from "./fleet/consul.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { options } from "./measure/options.ts";
import { median } from "./measure/quantiles.ts";

const flags = options({ runs: "7", revisions: "100,1000,10000", services: "10,100,1000", instances: "10", bin: "dist/rollpin.js" });

const BOUND_MS = 1_000;
const sizesOf = (text: string): readonly number[] => text.split(",").map(Number);

/** A process that reads the same keys and does nothing with them: no command can be faster. */
const FETCH = "for(const key of process.argv.slice(1))await(await fetch(`http://${process.env.CONSUL_HTTP_ADDR}/v1/kv/${key}?recurse`)).arrayBuffer()";

interface Point {
  readonly size: number;
  readonly ms: number;
  readonly floorMs: number;
  readonly rssMib: number;
  readonly cpuMs: number;
}

/** In turn, so that whatever else the machine does meets both alike. */
async function measure(size: number, words: readonly string[], keys: readonly string[], address: string): Promise<Point> {
  const bin = fileURLToPath(new URL(flags.bin, `file://${process.cwd()}/`));
  const env = { ...process.env, CONSUL_HTTP_ADDR: address };
  const [times, floors, memory, cpu]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let run = 0; run <= Number(flags.runs); run += 1) {
    const floor = await measureCommand(["--input-type=module", "-e", FETCH, ...keys], env);
    const own = await measureCommand([bin, ...words], env);
    // The first finds a cold disk.
    if (run === 0) continue;
    floors.push(floor.ms);
    times.push(own.ms);
    memory.push(own.rssMib);
    cpu.push(own.cpuMs);
  }
  return { size, ms: median(times), floorMs: median(floors), rssMib: Math.max(...memory), cpuMs: Math.min(...cpu) };
}

function figuresOf(what: string, points: readonly Point[], bounded: number): readonly Figure[] {
  return points.flatMap(({ cpuMs, floorMs, ms, rssMib, size }, at) => {
    const former = points[at - 1];
    return [
      { name: what.replace("{n}", String(size)), value: ms, unit: "ms", ...(size === bounded ? { atMost: { value: BOUND_MS, kind: "bound" as const } } : {}) },
      { name: `${what.replace("{n}", String(size))}, against only fetching it`, value: ms / floorMs, unit: "x" },
      { name: `${what.replace("{n}", String(size))}, least processor time`, value: cpuMs, unit: "ms" },
      { name: `${what.replace("{n}", String(size))}, most memory`, value: rssMib, unit: "MiB" },
      ...(former === undefined ? [] : [{ name: `${what.replace("{n}", String(size))}, each one beyond ${former.size}`, value: ((ms - former.ms) / (size - former.size)) * 1_000, unit: "us" }]),
    ];
  });
}

async function historyAt(revisions: number): Promise<Point> {
  const consul = await startBenchConsul();
  const store = openStore(consul.address);
  try {
    await fillService(store, "checkout", { history: revisions, instances: 3, releases: 2 });
    return await measure(revisions, ["history", "checkout"], ["rollpin/history/checkout/"], consul.address);
  } finally {
    store.close();
    await consul.stop();
  }
}

async function statusAt(services: number): Promise<Point> {
  const consul = await startBenchConsul();
  const store = openStore(consul.address);
  try {
    for (let at = 0; at < services; at += 1) await fillService(store, `service-${at}`, { history: 2, instances: Number(flags.instances), releases: 2 });
    return await measure(services, ["status"], ["rollpin/desired/", "rollpin/instances/"], consul.address);
  } finally {
    store.close();
    await consul.stop();
  }
}

const histories: Point[] = [];
for (const revisions of sizesOf(flags.revisions)) histories.push(await historyAt(revisions));
const statuses: Point[] = [];
for (const services of sizesOf(flags.services)) statuses.push(await statusAt(services));
process.exitCode = tell([...figuresOf("history of {n} revisions", histories, 10_000), ...figuresOf(`status of {n} services x ${flags.instances} instances`, statuses, 1_000)]);
