import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { expectExit, processYaml } from "../integration/stories/story.ts";
import { type ConsulServer, startConsul } from "../support/consul-server.ts";
import type { ClientNode } from "../support/consul/client-node.ts";
import { brokenLinks, historyOf } from "../support/history.ts";
import { seededRandom } from "../support/random.ts";
import { type TestAgent, startAgent } from "../support/rollpin.ts";
import { until } from "../support/until.ts";

/** `npm run prove -- leaders` asks for 20; without it nothing runs here. */
const KILLS = Number(process.env["ROLLPIN_LEADER_KILLS"] ?? 0);
const SEED = Number(process.env["ROLLPIN_SEED"] ?? Date.now() % 1_000_000);
const BEHIND_MS = 1_000;
const SERVICES = ["ledger", "orders", "stock"] as const;
const ELECTION = { deadlineMs: 60_000, everyMs: 5 };
/** The leader dies from this long before the command is given to this long after it. */
const BEFORE_MS = 100;
const AFTER_MS = 500;

let consul: ConsulServer;
/** Agents and operators ask their host's Consul client, which finds a server that lives. */
let host: ClientNode;
let agents: readonly TestAgent[] = [];

beforeAll(async () => {
  if (KILLS === 0) return;
  consul = await startConsul({ servers: 3 });
  host = await consul.startClient();
  agents = await Promise.all(SERVICES.map((service) => startAgent({ consul: host.address, service, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, yaml: processYaml() })));
}, 120_000);
afterAll(async () => {
  if (KILLS === 0) return;
  await Promise.all(agents.map((agent) => agent.remove()));
  await host.stop();
  await consul.stop();
});

interface Recovery {
  /** From the kill to a bare write's acknowledgement. */
  readonly consulMs: number;
  /** From the kill to the operator's acknowledgement. */
  readonly rollbackMs: number;
  /** From the kill until every agent runs it. */
  readonly appliedMs: number;
}

async function rollBack(version: string): Promise<void> {
  await expectExit(0, ["rollback", ...SERVICES, "--to", version, "--no-condemn", "--no-wait", "--yes"], { consul: host.address });
}

async function allRun(version: string): Promise<void> {
  await until(`all run ${version}`, async () => {
    const states = await Promise.all(agents.map((agent) => agent.state()));
    return states.every(({ record }) => record.version === version && record.status === "in-sync");
  }, ELECTION);
}

/** What the same takes when nobody dies, from the operator's acknowledgement on. */
async function undisturbed(version: string): Promise<number> {
  await rollBack(version);
  const acknowledged = systemClock.monotonic();
  await allRun(version);
  return systemClock.monotonic() - acknowledged;
}

async function rollBackWithoutLeader(version: string, whenMs: number): Promise<Recovery> {
  const leader = await consul.leaderIndex();
  const given = systemClock.sleep(Math.max(0, -whenMs)).then(() => rollBack(version)).then(() => systemClock.monotonic());
  await systemClock.sleep(Math.max(0, whenMs));
  await consul.kill(leader);
  const killed = systemClock.monotonic();
  const [consulMs, acknowledged, appliedMs] = await Promise.all([writable(killed), given, allRun(version).then(() => systemClock.monotonic() - killed)]);
  await consul.restart(leader);
  return { consulMs, rollbackMs: acknowledged - killed, appliedMs };
}

async function writable(since: number): Promise<number> {
  await until("Consul takes a bare write", async () => (await fetch(`http://${host.address}/v1/kv/probe`, { method: "PUT", body: "x", signal: AbortSignal.timeout(10_000) })).ok, ELECTION);
  return systemClock.monotonic() - since;
}

const range = (all: readonly number[]): string => `${Math.round(Math.min(...all))} to ${Math.round(Math.max(...all))} ms`;

describe.runIf(KILLS > 0)("a leader that is killed", () => {
  it(`during ${KILLS} group rollbacks, and each is through within a second of Consul (ROLLPIN_SEED=${SEED})`, { timeout: 120_000 + KILLS * 120_000 }, async () => {
    const random = seededRandom(SEED);
    await until("both versions of all are registered", async () => {
      const keys = await Promise.all(SERVICES.map((service) => consul.kv.list(`rollpin/releases/${service}/`)));
      return keys.every(({ length }) => length === 2);
    });
    for (const service of SERVICES) await expectExit(0, ["pin", service, "1.0.0", "--yes"], { consul: host.address });
    const recoveries: Recovery[] = [];
    let calm = 0;
    // One in calm for each, so that both had the same machine.
    for (let at = 0; at < KILLS; at += 1) {
      calm = Math.max(calm, await undisturbed("2.0.0"));
      recoveries.push(await rollBackWithoutLeader("1.0.0", random() * (BEFORE_MS + AFTER_MS) - BEFORE_MS));
    }
    const rolledBack = recoveries.map(({ consulMs, rollbackMs }) => rollbackMs - consulMs);
    const applied = recoveries.map(({ consulMs, appliedMs }) => appliedMs - consulMs);
    console.log(`= ${KILLS} leaders killed: Consul was back after ${range(recoveries.map(({ consulMs }) => consulMs))}; after that, rollbacks of ${SERVICES.length} services were acknowledged in ${range(rolledBack)}, and ran on every instance in ${range(applied)} (at most ${Math.round(calm)} ms when nobody dies)`);
    for (const service of SERVICES) {
      const history = await historyOf(consul, service);
      expect(brokenLinks(history)).toEqual([]);
      expect(history.filter(({ kind }) => kind === "rollback")).toHaveLength(2 * KILLS);
    }
    expect(Math.max(...rolledBack), "ms after Consul's own recovery").toBeLessThanOrEqual(BEHIND_MS);
    expect(Math.max(...applied), "ms after Consul's own recovery").toBeLessThanOrEqual(BEHIND_MS + calm);
  });
});
