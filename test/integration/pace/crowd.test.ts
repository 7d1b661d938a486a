/** What a crowd that waits for its turns asks of Consul: gates as agents have them, without the agents. */
import { setMaxListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PaceGate, createPaceGate } from "../../../agent/pace/gate.ts";
import type { Pacing } from "../../../agent/pace/pacing.ts";
import { systemClock } from "../../../core/clock.ts";
import type { Store } from "../../../core/store/port.ts";
import { MANY_CONNECTIONS, openStore } from "../../bench/fleet/consul.ts";
import { type Requests, observeStore } from "../../bench/fleet/observed-store.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { until } from "../../support/until.ts";

/** `npm run prove -- pace` asks for 400. */
const WAITERS = Number(process.env["ROLLPIN_WAITERS"] ?? 60);
const AT_ONCE = Math.max(5, WAITERS / 20);
/** How long each holds its turn; the campaign asks for a second. */
const TURN_MS = Number(process.env["ROLLPIN_TURN_MS"] ?? 200);
const SERVICE = "crowd";
const PACING: Pacing = { text: String(AT_ONCE), pace: { kind: "count", count: AT_ONCE, stopAfter: 1 }, move: { revision: 12 } };

let consul: ConsulServer;
let stores: { readonly store: Store; readonly requests: Requests }[] = [];

beforeAll(async () => {
  consul = await startConsul({ config: MANY_CONNECTIONS });
  stores = Array.from({ length: WAITERS }, () => observeStore(openStore(consul.address)));
});
afterAll(async () => {
  for (const { store } of stores) store.close();
  await consul.stop();
});

const asked = () => stores.reduce((sum, { requests }) => ({ reads: sum.reads + requests.reads, writes: sum.writes + requests.transactions }), { reads: 0, writes: 0 });

interface Roll {
  now: number;
  most: number;
  done: number;
}

/** One waiter: asks, has its turn for a while, gives it back. */
async function wait(store: Store, instance: string, roll: Roll, over: AbortSignal): Promise<void> {
  const made = await store.sessions.create({ name: instance, ttlMs: 3_600_000 });
  if (!made.ok) throw new Error(made.fault.kind);
  let look = (): void => undefined;
  const gate: PaceGate = createPaceGate({ store, clock: systemClock, random: Math.random, service: SERVICE, instance, sessionTtl: 3_600_000, session: () => made.value, hadSession: false, onChange: () => look() });
  const running = gate.run(over);
  await new Promise<void>((resolve) => {
    look = () => {
      if (gate.admit(PACING).kind === "granted") resolve();
    };
    look();
  });
  look = () => undefined;
  roll.now += 1;
  roll.most = Math.max(roll.most, roll.now);
  await systemClock.sleep(TURN_MS);
  roll.now -= 1;
  gate.end(PACING, { kind: "applied" });
  roll.done += 1;
  await running;
}

describe("a crowd that waits", () => {
  it(`of ${WAITERS}, ${AT_ONCE} at once: all get through, and none wakes the others`, { timeout: 300_000 }, async () => {
    const roll: Roll = { now: 0, most: 0, done: 0 };
    const over = new AbortController();
    setMaxListeners(0, over.signal);
    const began = systemClock.monotonic();
    const waiting = stores.map(({ store }, at) => wait(store, `crowd-${at}`, roll, over.signal));
    await until("all got through", () => roll.done === WAITERS, { deadlineMs: 240_000 });
    const seconds = (systemClock.monotonic() - began) / 1000;
    await until("every turn is given back", async () => (await consul.kv.list(`rollpin/locks/pace/${SERVICE}/slots/`)).length === 0, { deadlineMs: 60_000 });
    const { reads, writes } = asked();
    over.abort();
    await Promise.all(waiting);
    console.log(`= pace: ${WAITERS} waiters, ${AT_ONCE} at once, ${TURN_MS} ms each: ${seconds.toFixed(1)} s, at most ${roll.most} at once, ${reads + writes} requests (${Math.round((reads + writes) / seconds)} a second, ${((reads + writes) / WAITERS).toFixed(1)} for each instance), ${writes} of them writes`);
    expect(roll.most).toBeLessThanOrEqual(AT_ONCE);
    // Each asks about once a second: were they to wake each other, it would be as often as there are turns.
    expect((reads + writes) / WAITERS / seconds).toBeLessThan(20);
  });
});
