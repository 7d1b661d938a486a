/**
 * How long `rollpin export` takes to put history into Git, at several sizes, and how long `rollpin import` of it takes into
 * an empty prefix. Beside each export, git alone: the same commits from one repository into another.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../core/clock.ts";
import { createConsulStore } from "../../core/store/consul/store.ts";
import { measureCommand } from "./big-registry/command.ts";
import { fillService } from "./big-registry/fill.ts";
import { settingsOf } from "./fleet/consul.ts";
import { flip } from "./fleet/operator.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { now } from "./measure/now.ts";
import { options } from "./measure/options.ts";

/** Services fit one transaction of an import. */
const flags = options({ revisions: "200,2000,10000", services: "10", bin: "dist/rollpin.js" });

const BOUND_MS = 30_000;
const BOUND_AT = 2_000;
const BOUND_MIB = 512;

function git(folder: string, args: readonly string[], input?: Buffer): Buffer {
  const { status, stderr, stdout } = spawnSync("git", ["-C", folder, ...args], { input, maxBuffer: 1024 * 1024 * 1024 });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.toString()}`);
  return stdout;
}

/** What git needs for the very same commits. */
function floorOf(repository: string, folder: string): number {
  const stream = git(repository, ["fast-export", "--all"]);
  git(folder, ["init", "--quiet", "--bare", "floor"]);
  const startedAt = now();
  git(join(folder, "floor"), ["fast-import", "--quiet"], stream);
  return now() - startedAt;
}

async function measure(consul: string, revisions: number): Promise<readonly Figure[]> {
  const services = Number(flags.services);
  const prefix = `bench-${revisions}`;
  const folder = await mkdtemp(join(tmpdir(), "rollpin-export-"));
  const store = createConsulStore(settingsOf(consul), { prefix, clock: systemClock });
  const env = { ...process.env, CONSUL_HTTP_ADDR: consul };
  const rollpin = (...words: readonly string[]) => measureCommand([fileURLToPath(new URL(flags.bin, `file://${process.cwd()}/`)), ...words], env);
  try {
    for (let one = 0; one < services; one += 1) await fillService(store, `service-${one}`, { history: Math.ceil(revisions / services), instances: 0, releases: 2 });
    const repository = join(folder, "history");
    const first = await rollpin("export", "--git", repository, "--prefix", prefix);
    const floor = floorOf(repository, folder);
    const nothing = await rollpin("export", "--git", repository, "--prefix", prefix);
    await flip(store, "service-0", "1.0.0");
    const one = await rollpin("export", "--git", repository, "--prefix", prefix);
    const back = await rollpin("import", repository, "--yes", "--no-wait", "--prefix", `${prefix}-again`);
    const name = (what: string): string => `${revisions} revisions of ${services} services, ${what}`;
    return [
      { name: name("exported"), value: first.ms, unit: "ms", ...(revisions === BOUND_AT ? { atMost: { value: BOUND_MS, kind: "bound" } as const } : {}) },
      { name: name("exported, against git alone"), value: first.ms / floor, unit: "x" },
      { name: name("most memory"), value: first.rssMib, unit: "MiB", atMost: { value: BOUND_MIB, kind: "bound" } },
      { name: name("exported again with nothing new"), value: nothing.ms, unit: "ms" },
      { name: name("and with one more"), value: one.ms, unit: "ms" },
      { name: name("imported into an empty Consul"), value: back.ms, unit: "ms" },
    ];
  } finally {
    store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const consul = await startBenchConsul();
try {
  const figures: Figure[] = [];
  for (const revisions of flags.revisions.split(",")) figures.push(...(await measure(consul.address, Number(revisions))));
  process.exitCode = tell(figures);
} finally {
  await consul.stop();
}
