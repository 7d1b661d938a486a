/** Many operators at once, each command a process of its own, at three Consul servers whose leader is killed. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { openStore } from "../../bench/fleet/consul.ts";
import { flip, registerReleases } from "../../bench/fleet/operator.ts";
import { dishonestExits } from "../../campaign/checks/exits.ts";
import { brokenHistory } from "../../campaign/checks/history.ts";
import { type Told, acknowledgedOf, outcomeOf, unaccounted } from "../../campaign/concurrent/account.ts";
import { drawOperation } from "../../campaign/concurrent/draw-operation.ts";
import { type Election, killLeaders } from "../../campaign/concurrent/kill-leaders.ts";
import { lostWords } from "../../campaign/concurrent/lost-words.ts";
import { type Operator, operate } from "../../campaign/concurrent/operate.ts";
import { readStanding } from "../../campaign/concurrent/read-standing.ts";
import { strayHeads } from "../../campaign/concurrent/stray-heads.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import type { ClientNode } from "../../support/consul/client-node.ts";
import { historyOf } from "../../support/history.ts";
import { seededRandom } from "../../support/random.ts";
import { until } from "../../support/until.ts";

/** `npm run prove -- concurrent` asks for 1,000 on 20 services and two leaders, and draws a seed where none is given. */
const OPERATIONS = Number(process.env["ROLLPIN_OPERATIONS"] ?? 32);
const KILLS = Number(process.env["ROLLPIN_LEADER_KILLS"] ?? 1);
const SEED = Number(process.env["ROLLPIN_SEED"] ?? 20);
const OPERATORS = 8;
const [first, ...others] = Array.from({ length: OPERATIONS < 200 ? 6 : 20 }, (_, at) => `service-${String(at + 1).padStart(2, "0")}`);
const SERVICES: readonly [string, ...string[]] = [first ?? "service-01", ...others];
const VERSIONS = ["1.0.0", "1.1.0", "2.0.0", "3.0.0"] as const;
const HOLD_MS = 1_000;

let consul: ConsulServer;
let host: ClientNode;
let operators: readonly Operator[] = [];

beforeAll(async () => {
  consul = await startConsul({ servers: 3 });
  host = await consul.startClient();
  // Most ask a host's Consul client, which finds a server that lives; three ask one server each, and it may be the one that dies.
  operators = Array.from({ length: OPERATORS }, (_, at) => ({ name: `operator-${at + 1}`, consul: consul.addresses[at] ?? host.address }));
  const store = openStore(consul.address);
  for (const service of SERVICES) {
    await registerReleases(store, service, VERSIONS);
    for (const version of VERSIONS) await flip(store, service, version);
  }
  store.close();
  await consul.kv.put("rollpin/meta/history", "10000");
}, 120_000);
afterAll(async () => {
  await host.stop();
  await consul.stop();
});

/** Who is free takes the next one, so that a server that is away holds up only who asks it. */
async function play(): Promise<{ readonly all: readonly Told[]; readonly elections: readonly Election[] }> {
  const random = seededRandom(SEED);
  const waiting = Array.from({ length: OPERATIONS }, (_, at) => drawOperation(random, at + 1, { services: SERVICES, versions: VERSIONS }));
  const all: Told[] = [];
  const work = operators.map(async (operator) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) all.push(await operate(operator, next));
  });
  const moments = Array.from({ length: KILLS }, (_, at) => Math.floor((OPERATIONS * (at + 1)) / (KILLS + 1)));
  const [elections] = await Promise.all([killLeaders(consul, moments, { done: () => all.length, holdMs: HOLD_MS }), ...work]);
  return { all, elections };
}

/** Hands may have left something that nobody has looked at yet. A last pin of each shows that all still can be changed. */
async function settle(): Promise<readonly Told[]> {
  const settled: Told[] = [];
  for (const [at, service] of SERVICES.entries()) {
    const operation = { number: OPERATIONS + at + 1, kind: "pin", services: [service], version: "1.0.0", words: ["pin", service, "1.0.0", "--no-wait", "--override"] } as const;
    settled.push(await until(`a last pin of ${service} gets through`, async () => {
      const told = await operate({ name: "settler", consul: host.address }, operation);
      return told.code === 0 && told;
    }));
  }
  return settled;
}

function describeOutcomes(all: readonly Told[]): string {
  const counts = new Map<string, number>();
  for (const told of all) counts.set(outcomeOf(told), (counts.get(outcomeOf(told)) ?? 0) + 1);
  return [...counts].sort(([one], [other]) => one.localeCompare(other)).map(([outcome, count]) => `${count} ${outcome}`).join(", ");
}

it(`${OPERATIONS} operations by ${OPERATORS} operators on ${SERVICES.length} services, ${KILLS} leaders killed: history is linear and holds what was acknowledged once (ROLLPIN_SEED=${SEED})`, { timeout: 120_000 + OPERATIONS * 5_000 }, async () => {
  const before = Object.fromEntries(await Promise.all(SERVICES.map(async (service) => [service, (await historyOf(consul, service)).length] as const)));
  const startedAt = systemClock.monotonic();
  const { all, elections } = await play();
  const tookMs = systemClock.monotonic() - startedAt;
  const every = [...all, ...(await settle())];
  const whole = Object.fromEntries(await Promise.all(SERVICES.map(async (service) => [service, await historyOf(consul, service)] as const)));
  const histories = Object.fromEntries(Object.entries(whole).map(([service, history]) => [service, history.slice(before[service])]));
  const standing = Object.fromEntries(await Promise.all(SERVICES.map(async (service) => [service, await readStanding(consul, service)] as const)));

  const acknowledged = acknowledgedOf(every);
  const entries = Object.values(histories).flat();
  const plans = new Set(entries.map(({ plan }) => plan));
  const byHand = entries.filter(({ by }) => by === "external").length;
  console.log(`= ${OPERATIONS} operations of seed ${SEED} by ${OPERATORS} operators on ${SERVICES.length} services in ${Math.round(tookMs)} ms: ${describeOutcomes(all)}; ${all.filter(({ code }) => code === null).length} commands killed`);
  console.log(`= ${acknowledged.length} acknowledged changes (the last pins included), ${entries.length} revisions of ${plans.size} plans, ${byHand} of them by hand, ${plans.size - byHand - acknowledged.length} of commands whose end nobody heard; ${elections.length} leaders killed, another led after ${elections.map((one) => `${Math.round(one.tookMs)} ms`).join(", ")}`);
  const commands = every.map(({ code, operation, stderr }) => ({ words: operation.words ?? [operation.kind], code, stderr }));
  expect([...dishonestExits({ commands }), ...brokenHistory({ acknowledged, histories: whole }), ...unaccounted(every, histories), ...strayHeads(standing, whole), ...lostWords(every, standing, histories)]).toEqual([]);
  expect(elections).toHaveLength(KILLS);
});
