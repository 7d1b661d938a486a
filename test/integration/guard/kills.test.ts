/** Whoever guards is killed at any of its writes, and Consul with it: each cause is acted on exactly once. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { createConsulStore } from "../../../core/store/consul/store.ts";
import { parseConsulSettings } from "../../../core/store/consul/settings.ts";
import { loadConsulSettings } from "../../../core/store/consul/load-settings.ts";
import type { GuardAction } from "../../../core/model/guard-records.ts";
import type { Store } from "../../../core/store/port.ts";
import { type DeadlyProxy, startDeadlyProxy } from "../../support/consul/deadly-proxy.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { historyOf } from "../../support/history.ts";
import { seededRandom } from "../../support/random.ts";
import { type Ran, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { instanceOf } from "../../unit/decide/facts.ts";
import { createOperator, must } from "../../unit/operations/operator.ts";

const ROUNDS = Number(process.env["ROLLPIN_GUARD_KILLS"] ?? 4);
const SEED = Number(process.env["ROLLPIN_SEED"] ?? 7);
const AT_ONCE = 4;
/** That nobody runs what it went back to is told at once: so it is seen that somebody looked. */
const POLICY = "every: 500ms\nnoDataAfter: 0s\nsignals: {health: {health: {}}}\nstrategy: [{do: rollback}]\n";

let consul: ConsulServer;
let store: Store;
let folder: string;
beforeAll(async () => {
  consul = await startConsul({ persistent: true });
  folder = await mkdtemp(join(tmpdir(), "rp-guards-"));
  const parsed = parseConsulSettings({ env: {}, flags: { address: consul.address } });
  const loaded = parsed.ok ? await loadConsulSettings(parsed.value) : parsed;
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.fault));
  store = createConsulStore(loaded.value, { prefix: "rollpin", clock: systemClock });
});
afterAll(async () => {
  store.close();
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Guard {
  readonly name: string;
  kill(): void;
  readonly ended: Promise<Ran>;
}

/** A real program that guards this one service. */
async function startGuard(service: string, name: string, address: string): Promise<Guard> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, `name: ${name}\nservices: [${service}]\nsessionTtl: 10s\n`);
  const killed = new AbortController();
  const ended = rollpin(["agent", "--guard-only", "-c", file], { consul: address, kill: killed.signal });
  return { name, kill: () => killed.abort(), ended };
}

/** A good release, a bad one on top of it, and nothing that says so yet. */
async function makeService(service: string): Promise<void> {
  const alice = createOperator(store);
  await alice.register(service, "1.0.0", "2.0.0");
  must(await alice.pin(service, "1.0.0"));
  must(await alice.judge(service, "1.0.0", "good"));
  must(await alice.pin(service, "2.0.0"));
  await consul.kv.put(`rollpin/policies/${service}`, POLICY);
}

async function showSymptom(service: string): Promise<void> {
  const session = await store.sessions.create({ name: "the instance's agent", ttlMs: 3_600_000 });
  const { record } = instanceOf({ service, instance: `${service}-1`, version: "2.0.0", status: "stalled", reason: { code: "crash-loop", message: "it crashed 6 times" } });
  const written = await store.transact([{ kind: "lock", key: `instances/${service}/${service}-1`, value: JSON.stringify(record), session: session.ok ? session.value : "" }]);
  if (!written.ok) throw new Error(JSON.stringify(written.fault));
}

const leaderOf = async (service: string): Promise<string | undefined> => {
  const entry = await store.get(`locks/guard/${service}`);
  return entry.ok && entry.value?.session !== undefined ? (JSON.parse(Buffer.from(entry.value.value).toString()) as { leader: string }).leader : undefined;
};

/** What Consul does by itself after twice the session's TTL. */
async function endSession(service: string): Promise<void> {
  const entry = await store.get(`locks/guard/${service}`);
  if (entry.ok && entry.value?.session !== undefined) await store.sessions.destroy(entry.value.session);
}

async function actionsOf(service: string): Promise<readonly GuardAction[]> {
  return (await consul.kv.list(`rollpin/guard/${service}/actions/`)).map(({ value }) => JSON.parse(value.toString()) as GuardAction);
}

interface Round {
  readonly service: string;
  /** Of the first guard, counted from where it leads. */
  readonly at: number;
  readonly when: "before" | "after";
  readonly proxy: DeadlyProxy;
}

/** Until the first guard is dead; one that had nothing more to write is killed where it stands. */
async function killFirst({ at, proxy, service, when }: Round): Promise<void> {
  const first = await startGuard(service, `${service}-first`, proxy.address);
  await until(`${first.name} guards`, async () => (await leaderOf(service)) === first.name);
  proxy.arm({ at, when, kill: () => first.kill() });
  await showSymptom(service);
  await Promise.race([first.ended, until("it went back", async () => (await historyOf(consul, service)).some(({ by }) => by === "guard"))]);
  first.kill();
  await first.ended;
}

async function findExactlyOnce({ service }: Round): Promise<void> {
  const second = await startGuard(service, `${service}-second`, consul.address);
  try {
    await endSession(service);
    await until(`${second.name} guards, and it went back`, async () => (await leaderOf(service)) === second.name && (await historyOf(consul, service)).some(({ by }) => by === "guard"), { deadlineMs: 90_000 });
    await until("it has looked at what it went back to", async () => (await actionsOf(service)).some(({ cause }) => cause.startsWith("stable:1.0.0@")));
    const done = (await actionsOf(service)).filter(({ outcome }) => outcome === "done");
    const history = (await historyOf(consul, service)).filter(({ by }) => by === "guard");
    expect({ service, done: done.map(({ plan }) => plan), history: history.map(({ plan }) => plan) }).toEqual({ service, done: [history[0]?.plan], history: [history[0]?.plan] });
    expect(await consul.kv.get(`rollpin/desired/${service}/pin`)).toBe("1.0.0");
  } finally {
    second.kill();
    await second.ended;
  }
}

describe("a guard that is killed", () => {
  it(`${ROUNDS} times, before or after one of its writes, Consul too between every other batch of four, leaves each cause acted on exactly once`, { timeout: 60_000 + ROUNDS * 40_000 }, async () => {
    const random = seededRandom(SEED);
    for (let begun = 0; begun < ROUNDS; begun += AT_ONCE) {
      const rounds: Round[] = [];
      for (let place = begun; place < Math.min(ROUNDS, begun + AT_ONCE); place += 1) {
        const service = `svc-${place}`;
        await makeService(service);
        rounds.push({ service, at: 1 + Math.floor(random() * 3), when: random() < 0.5 ? "before" : "after", proxy: await startDeadlyProxy(consul.address) });
      }
      await Promise.all(rounds.map(killFirst));
      if ((begun / AT_ONCE) % 2 === 1) {
        await consul.kill();
        await consul.restart();
      }
      await Promise.all(rounds.map(findExactlyOnce));
      await Promise.all(rounds.map(({ proxy }) => proxy.close()));
    }
  });
});
