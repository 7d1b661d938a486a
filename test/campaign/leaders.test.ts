import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { type ConsulServer, startConsul } from "../support/consul-server.ts";
import { brokenLinks, historyOf } from "../support/history.ts";
import { rollpin } from "../support/rollpin.ts";
import { until } from "../support/until.ts";

/** `npm run prove -- leaders` asks for 20; without it nothing runs here. */
const KILLS = Number(process.env["ROLLPIN_LEADER_KILLS"] ?? 0);
const BEHIND_MS = 1_000;
const SERVICES = ["ledger", "orders", "stock"] as const;
const ELECTION = { deadlineMs: 60_000, everyMs: 5 };

let consul: ConsulServer;
beforeAll(async () => {
  if (KILLS > 0) consul = await startConsul({ servers: 3 });
});
afterAll(() => (KILLS > 0 ? consul.stop() : undefined));

interface Recovery {
  readonly consulMs: number;
  readonly rollbackMs: number;
  /** How often the operator had to say it. */
  readonly tries: number;
}

/** From the kill: when a bare write at a follower is acknowledged again, and when the rollback of all services is. */
async function rollBackWithoutLeader(version: string): Promise<Recovery> {
  const leader = await consul.leaderIndex();
  const follower = consul.addresses.find((_, at) => at !== leader) ?? consul.address;
  await consul.kill(leader);
  const killed = systemClock.monotonic();
  const [consulMs, { rollbackMs, tries }] = await Promise.all([writable(follower, killed), rolledBack(follower, version, killed)]);
  await consul.restart(leader);
  return { consulMs, rollbackMs, tries };
}

async function writable(address: string, since: number): Promise<number> {
  await until("Consul takes a bare write", async () => (await fetch(`http://${address}/v1/kv/probe`, { method: "PUT", body: "x", signal: AbortSignal.timeout(10_000) })).ok, ELECTION);
  return systemClock.monotonic() - since;
}

async function rolledBack(address: string, version: string, since: number): Promise<{ readonly rollbackMs: number; readonly tries: number }> {
  let tries = 0;
  await until("the rollback is committed", async () => {
    tries += 1;
    const ran = await rollpin(["rollback", ...SERVICES, "--to", version, "--no-condemn", "--no-wait", "--yes"], { consul: address });
    if (ran.code !== 0) throw new Error(`exit ${ran.code}: ${ran.stderr}`);
    return true;
  }, ELECTION);
  return { rollbackMs: systemClock.monotonic() - since, tries };
}

async function say(...words: readonly string[]): Promise<void> {
  const { code, stderr } = await rollpin([...words], { consul: consul.address });
  expect(code, `rollpin ${words.join(" ")}: ${stderr}`).toBe(0);
}

describe.runIf(KILLS > 0)("a leader that is killed", () => {
  it(`during ${KILLS} group rollbacks, and each is through within a second of Consul`, { timeout: 120_000 + KILLS * 120_000 }, async () => {
    for (const service of SERVICES) {
      for (const version of ["1.0.0", "2.0.0"]) await say("release", "register", service, version);
      for (const version of ["1.0.0", "2.0.0"]) await say("pin", service, version, "--no-wait", "--yes");
    }
    const recoveries: Recovery[] = [];
    for (let at = 0; at < KILLS; at += 1) recoveries.push(await rollBackWithoutLeader(at % 2 === 0 ? "1.0.0" : "2.0.0"));
    const behind = recoveries.map(({ consulMs, rollbackMs }) => Math.round(rollbackMs - consulMs)).sort((one, other) => one - other);
    const own = recoveries.map(({ consulMs }) => Math.round(consulMs)).sort((one, other) => one - other);
    console.log(`= ${KILLS} leaders killed: Consul was back after ${own[0]} to ${own.at(-1)} ms; rollbacks of ${SERVICES.length} services ${behind[0]} to ${behind.at(-1)} ms after that, ${recoveries.filter(({ tries }) => tries > 1).length} said twice or more`);
    for (const service of SERVICES) {
      const history = await historyOf(consul, service);
      expect(brokenLinks(history)).toEqual([]);
      expect(history.filter(({ kind }) => kind === "rollback")).toHaveLength(KILLS);
    }
    expect(behind.at(-1), "ms after Consul's own recovery").toBeLessThanOrEqual(BEHIND_MS);
  });
});
