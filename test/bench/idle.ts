/**
 * One idle agent, as it is shipped: the bundle, one process applier, local HTTP, a Consul beside it. Memory and CPU as
 * the kernel counts them, of the agent alone. `--minutes 60` is the long proof.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { freePorts } from "../../core/free-ports.ts";
import { agentFile } from "./fleet/agent-file.ts";
import { openStore } from "./fleet/consul.ts";
import { flip, registerReleases } from "./fleet/operator.ts";
import { startBundle } from "./fleet/start-bundle.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { options } from "./measure/options.ts";
import { slopeMibPerHour } from "./measure/slope.ts";
import { type Usage, readUsage } from "./measure/usage.ts";

const flags = options({ minutes: "2", every: "5", bin: "dist/rollpin.js", "node-flags": "" });

const MEMORY_GOAL_MIB = 65;
const CPU_BOUND_PERCENT = 0.2;
/** More than this in an hour is no longer flat. */
const SLOPE_BOUND_MIB = 2;
const LONG_ENOUGH_MINUTES = 30;
/** What a start leaves behind is collected. */
const SETTLE_MS = 20_000;
const SERVICE = "checkout";

async function sample(pid: number): Promise<readonly Usage[]> {
  await systemClock.sleep(SETTLE_MS);
  const samples = [await readUsage(pid)];
  const end = systemClock.monotonic() + Number(flags.minutes) * 60_000;
  while (systemClock.monotonic() < end) {
    await systemClock.sleep(Number(flags.every) * 1_000);
    samples.push(await readUsage(pid));
  }
  return samples;
}

function figuresOf(samples: readonly Usage[]): readonly Figure[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error("nothing was sampled");
  const cpu = ((last.cpuMs - first.cpuMs) / (last.at - first.at)) * 100;
  const isLong = Number(flags.minutes) >= LONG_ENOUGH_MINUTES;
  return [
    { name: "idle agent, memory at first", value: first.rssMib, unit: "MiB" },
    { name: "idle agent, memory at last", value: last.rssMib, unit: "MiB" },
    { name: "idle agent, most memory", value: Math.max(...samples.map(({ rssMib }) => rssMib)), unit: "MiB", atMost: { value: MEMORY_GOAL_MIB, kind: "goal" } },
    { name: `idle agent, memory's slope over the last ${Number(flags.minutes) / 2} minutes`, value: slopeMibPerHour(samples), unit: "MiB/h", ...(isLong ? { atMost: { value: SLOPE_BOUND_MIB, kind: "bound" } as const } : {}) },
    { name: "idle agent, CPU", value: cpu, unit: "% of a core", atMost: { value: CPU_BOUND_PERCENT, kind: "bound" } },
  ];
}

const consul = await startBenchConsul();
const folder = await mkdtemp(join(tmpdir(), "rollpin-idle-"));
const store = openStore(consul.address);
try {
  await registerReleases(store, SERVICE, ["1.0.0"]);
  await flip(store, SERVICE, "1.0.0");
  const [port = 0] = await freePorts(1);
  const agent = await startBundle({ bin: flags.bin, nodeFlags: flags["node-flags"], consul: consul.address, folder, yaml: agentFile(SERVICE, port), local: `http://127.0.0.1:${port}` });
  try {
    process.exitCode = tell(figuresOf(await sample(agent.pid)));
  } finally {
    await agent.end();
  }
} finally {
  store.close();
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
}
