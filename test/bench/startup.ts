/**
 * How long the bundled CLI takes to start, against a Node that does nothing: pairs of runs in turn, so that whatever
 * else the machine does meets both alike. Times are of the whole process, as a shell sees it.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { openStore } from "./fleet/consul.ts";
import { flip, registerReleases } from "./fleet/operator.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { now } from "./measure/now.ts";
import { options } from "./measure/options.ts";
import { median } from "./measure/quantiles.ts";

const flags = options({ runs: "40", bin: "dist/rollpin.js" });

/** Not counted: the disk is cold. */
const WARM_UP = 3;
const VERSION_BOUND = 1.3;
const STATUS_BOUND = 2;

async function timed(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = now();
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"], env });
  child.stdout.resume();
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const took = now() - startedAt;
  if (code !== 0) throw new Error(`node ${argv.join(" ")} ended with ${code}: ${Buffer.concat(said).toString()}`);
  return took;
}

async function compare(commands: Readonly<Record<"node" | "version" | "status", readonly string[]>>, env: NodeJS.ProcessEnv) {
  const samples = { node: [] as number[], version: [] as number[], status: [] as number[] };
  const names = ["node", "version", "status"] as const;
  for (let run = -WARM_UP; run < Number(flags.runs); run += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + Math.abs(run)) % names.length] ?? "node";
      const took = await timed(commands[name], env);
      if (run >= 0) samples[name].push(took);
    }
  }
  return samples;
}

/** The median of each round's own ratio: both sides of it met the same machine. */
function pairedRatio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((time, at) => time / (under[at] ?? Number.NaN)));
}

const consul = await startBenchConsul();
const store = openStore(consul.address);
try {
  for (const service of ["checkout", "payments", "search"]) {
    await registerReleases(store, service, ["1.0.0", "2.0.0"]);
    await flip(store, service, "1.0.0");
  }
  const bin = fileURLToPath(new URL(flags.bin, `file://${process.cwd()}/`));
  const samples = await compare({ node: ["-e", "0"], version: [bin, "--version"], status: [bin, "status"] }, { ...process.env, CONSUL_HTTP_ADDR: consul.address });
  const figures: Figure[] = [
    { name: "node -e 0, median", value: median(samples.node), unit: "ms" },
    { name: "rollpin --version, median", value: median(samples.version), unit: "ms" },
    { name: "rollpin status, median", value: median(samples.status), unit: "ms" },
    { name: "rollpin --version / node -e 0", value: pairedRatio(samples.version, samples.node), unit: "x", atMost: { value: VERSION_BOUND, kind: "bound" } },
    { name: "rollpin status / node -e 0", value: pairedRatio(samples.status, samples.node), unit: "x", atMost: { value: STATUS_BOUND, kind: "bound" } },
  ];
  process.exitCode = tell(figures);
} finally {
  store.close();
  await consul.stop();
}
