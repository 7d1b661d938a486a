/**
 * What one agent and the commands of an operator need where the registry is large: ten thousand revisions, thousands of
 * instances and releases of one service, hundreds of other services. Beside it an agent of a service with next to nothing.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../core/clock.ts";
import { freePorts } from "../../core/free-ports.ts";
import { headKey, keptRevisionsKey, partKey } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import { until } from "../support/until.ts";
import { type Measured, measureCommand } from "./big-registry/command.ts";
import { type Size, fillService } from "./big-registry/fill.ts";
import { agentFile } from "./fleet/agent-file.ts";
import { openStore } from "./fleet/consul.ts";
import { flip, valueOf } from "./fleet/operator.ts";
import { type BundledAgent, startBundle } from "./fleet/start-bundle.ts";
import { startBenchConsul } from "./measure/bench-consul.ts";
import { type Figure, tell } from "./measure/figures.ts";
import { options } from "./measure/options.ts";
import { readUsage } from "./measure/usage.ts";

const flags = options({ history: "10000", instances: "5000", releases: "2000", services: "500", bin: "dist/rollpin.js" });

const SMALL: Size = { history: 2, instances: 1, releases: 2 };
const big: Size = { history: Number(flags.history), instances: Number(flags.instances), releases: Number(flags.releases) };
const SIZES = { big, small: SMALL } as const;
type Name = keyof typeof SIZES;
const NAMES: readonly Name[] = ["big", "small"];

/** What garbage alone makes two equal agents differ by, and some. */
const AGENT_BOUND_MIB = 25;
/** An operator's machine has that. */
const COMMAND_BOUND_MIB = 512;
const SETTLE_MS = 10_000;
const PATIENCE = { deadlineMs: 120_000 };

async function startAgent(service: Name, consul: string, folder: string): Promise<BundledAgent> {
  const [port = 0] = await freePorts(1);
  await mkdir(join(folder, service));
  return startBundle({ bin: flags.bin, nodeFlags: "", consul, folder: join(folder, service), yaml: agentFile(service, port), local: `http://127.0.0.1:${port}` });
}

/** Until the instance has applied that revision. */
async function applied(store: Store, service: Name, revision: number): Promise<void> {
  await until(`${service}-1 applied ${revision}`, async () => {
    const entry = valueOf(await store.get(`instances/${service}/${service}-1`));
    const record = JSON.parse(Buffer.from(entry?.value ?? "{}").toString()) as { readonly revision?: number; readonly status?: string };
    return record.status === "in-sync" && (record.revision ?? 0) >= revision;
  }, PATIENCE);
}

async function headRevision(store: Store, service: Name): Promise<number> {
  return (JSON.parse(Buffer.from(valueOf(await store.get(headKey(service)))?.value ?? "{}").toString()) as { readonly revision: number }).revision;
}

/** As a hand does it, and until an agent has written it into history. */
async function flipByHand(store: Store, service: Name, version: string): Promise<void> {
  const before = await headRevision(store, service);
  const key = partKey(service, "pin");
  const { modifyIndex = 0 } = valueOf(await store.get(key)) ?? {};
  valueOf(await store.transact([{ kind: "replace", key, value: version, modifyIndex }]));
  await until(`the flip of ${service} is in history`, async () => (await headRevision(store, service)) > before, PATIENCE);
  await applied(store, service, before + 1);
}

/** Adoption looks whether history has to be pruned once in ten revisions. */
const HAND_FLIPS = 12;

async function agentsThroughTheirDay(store: Store, agents: Readonly<Record<Name, BundledAgent>>): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const look = async (when: string): Promise<void> => {
    await systemClock.sleep(SETTLE_MS);
    const [large, little] = await Promise.all(NAMES.map(async (name) => (await readUsage(agents[name].pid)).rssMib));
    if (large === undefined || little === undefined) throw new Error("two agents are measured");
    figures.push(
      { name: `agent of a service with next to nothing, ${when}`, value: little, unit: "MiB" },
      { name: `agent of the large one, ${when}`, value: large, unit: "MiB" },
      { name: `the large one's is more by, ${when}`, value: large - little, unit: "MiB", atMost: { value: AGENT_BOUND_MIB, kind: "bound" } },
    );
  };
  for (const name of NAMES) await applied(store, name, SIZES[name].history);
  await look("idle");
  for (const name of NAMES) await applied(store, name, await flip(store, name, "1.0.0"));
  await look("after a flip by plan");
  for (const name of NAMES) await flipByHand(store, name, "1.0.1");
  await look("after a flip by hand that it adopted");
  for (const name of NAMES) for (let turn = 0; turn < HAND_FLIPS; turn += 1) await flipByHand(store, name, turn % 2 === 0 ? "1.0.0" : "1.0.1");
  await look(`after ${HAND_FLIPS} more, history looked through`);
  return figures;
}

async function operatorsCommands(consul: string): Promise<readonly Figure[]> {
  const bin = fileURLToPath(new URL(flags.bin, `file://${process.cwd()}/`));
  const env = { ...process.env, CONSUL_HTTP_ADDR: consul };
  const commands: readonly (readonly string[])[] = [["status"], ["status", "big"], ["history", "big"], ["release", "list", "big"], ["rollback", "big", "--dry-run"], ["doctor"], ["rollback", "big", "--yes", "--no-wait"]];
  const figures: Figure[] = [];
  for (const words of commands) {
    const { ms, rssMib }: Measured = await measureCommand([bin, ...words], env);
    figures.push({ name: `rollpin ${words.join(" ")}`, value: ms, unit: "ms" }, { name: `rollpin ${words.join(" ")}, most memory`, value: rssMib, unit: "MiB", atMost: { value: COMMAND_BOUND_MIB, kind: "bound" } });
  }
  return figures;
}

const consul = await startBenchConsul();
const folder = await mkdtemp(join(tmpdir(), "rollpin-big-registry-"));
const store = openStore(consul.address);
const agents: BundledAgent[] = [];
try {
  valueOf(await store.transact([{ kind: "create", key: keptRevisionsKey, value: String(big.history) }]));
  for (const name of NAMES) await fillService(store, name, SIZES[name]);
  for (let other = 0; other < Number(flags.services); other += 1) await fillService(store, `other-${other}`, SMALL);
  const [large, little] = await Promise.all(NAMES.map((name) => startAgent(name, consul.address, folder)));
  if (large === undefined || little === undefined) throw new Error("two agents are started");
  agents.push(large, little);
  const figures = [...(await agentsThroughTheirDay(store, { big: large, small: little })), ...(await operatorsCommands(consul.address))];
  process.exitCode = tell(figures);
} finally {
  await Promise.all(agents.map((agent) => agent.end()));
  store.close();
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
}
