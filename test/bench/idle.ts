/**
 * One idle agent, as it is shipped: the bundle, one process applier, local HTTP, a Consul beside it. Memory and CPU as
 * the kernel counts them, of the agent alone. `--minutes 60` is the long proof.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../core/clock.ts";
import { freePorts } from "../../core/free-ports.ts";
import { until } from "../support/until.ts";
import { openStore } from "./fleet/consul.ts";
import { flip, registerReleases } from "./fleet/operator.ts";
import { type Usage, readUsage } from "./idle/usage.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { options } from "./measure/options.ts";

const flags = options({ minutes: "2", every: "5", bin: "dist/rollpin.js", "node-flags": "" });

const MEMORY_GOAL_MIB = 65;
const CPU_BOUND_PERCENT = 0.2;
/** More than this in an hour is no longer flat. */
const SLOPE_BOUND_MIB = 2;
const LONG_ENOUGH_MINUTES = 30;
/** What a start leaves behind is collected. */
const SETTLE_MS = 20_000;
const SERVICE = "checkout";

interface IdleAgent {
  readonly pid: number;
  end(): Promise<void>;
}

async function startIdleAgent(folder: string, consul: string): Promise<IdleAgent> {
  const [port = 0] = await freePorts(1);
  await copyFile(fileURLToPath(new URL("test/support/services/good.js", `file://${process.cwd()}/`)), join(folder, "server.mjs"));
  const file = join(folder, "rollpin.yaml");
  await writeFile(file, agentFile(port));
  const child = spawn(process.execPath, [...flags["node-flags"].split(" ").filter((flag) => flag !== ""), resolve(flags.bin), "agent", "-c", file, "--consul-addr", consul], { stdio: ["ignore", "ignore", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  await until("the agent is ready", async () => {
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}: ${Buffer.concat(said).toString()}`);
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  });
  // What is loaded only when somebody asks counts too: an agent in use is scraped.
  for (const path of ["/metrics", "/v1/state"]) await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer();
  return { pid: child.pid ?? 0, end: () => ended(child) };
}

const agentFile = (port: number): string => `
service: ${SERVICE}
instance: ${SERVICE}-1
listen: 127.0.0.1:${port}
appliers:
  - process:
      command: ["${process.execPath}", "server.mjs", "{{version}}"]
      environment: { PORT: "{{port}}" }
      onAgentExit: stop
      drain: 0s
`;

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once("exit", () => done());
    child.kill("SIGTERM");
  });
}

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

/** Of the best line through the second half: the first half may still be warming up. */
function slopeMibPerHour(samples: readonly Usage[]): number {
  const late = samples.slice(Math.floor(samples.length / 2));
  const mean = (of: (usage: Usage) => number): number => late.reduce((sum, usage) => sum + of(usage), 0) / late.length;
  const [time, memory] = [mean(({ at }) => at), mean(({ rssMib }) => rssMib)];
  const covariance = late.reduce((sum, usage) => sum + (usage.at - time) * (usage.rssMib - memory), 0);
  const variance = late.reduce((sum, usage) => sum + (usage.at - time) ** 2, 0);
  return (covariance / variance) * 3_600_000;
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
  const agent = await startIdleAgent(folder, consul.address);
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
