import { beforeEach, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../core/clock.ts";
import type { Receipt } from "../../../core/model/receipt.ts";
import type { InstanceRecord } from "../../../core/model/records.ts";
import type { RouterRecord } from "../../../core/model/router-records.ts";
import { type FollowDeps, type ReceiptScope, followReceipt } from "../../../core/operations/follow-receipt.ts";
import { paceBlocks } from "../../../core/operations/pace-blocks.ts";
import { instanceKey, routerKey } from "../../../core/store/keys.ts";
import { type MemoryStore, createMemoryStore } from "../../../core/store/memory.ts";
import { instanceOf } from "../decide/facts.ts";

let store: MemoryStore;
let session: string;

beforeEach(async () => {
  store = createMemoryStore();
  const created = await store.sessions.create({ name: "agents", ttlMs: 15_000 });
  if (!created.ok) throw new Error(created.fault.kind);
  session = created.value;
});

async function report(instance: string, given: Partial<InstanceRecord>): Promise<void> {
  const { record } = instanceOf({ instance, ...given });
  const done = await store.transact([{ kind: "lock", key: instanceKey("checkout", instance), value: JSON.stringify(record), session }]);
  if (!done.ok) throw new Error(JSON.stringify(done.fault));
}

async function reportRouter(router: string, given: Partial<RouterRecord>): Promise<void> {
  const record: RouterRecord = { service: "checkout", router, kind: "proxy", status: "in-sync", revision: 1, seen: 1, digest: "d", split: [], notes: [], instances: 1, instance: "shop-1", agent: { version: "0.1.0", startedAt: "2026-03-01T00:00:00.000Z" }, at: "2026-03-01T00:00:00.000Z", ...given };
  const done = await store.transact([{ kind: "lock", key: routerKey("checkout", router), value: JSON.stringify(record), session }]);
  if (!done.ok) throw new Error(JSON.stringify(done.fault));
}

function follow(must: readonly string[], deps: Partial<FollowDeps> = {}, scope: Partial<ReceiptScope> = {}) {
  return followReceipt(
    store,
    { plan: "checkout.2-aaaaaa", at: "2026-03-01T00:00:00.000Z", services: [{ service: "checkout", revision: 2, must, tracks: undefined, ...scope }] },
    { clock: systemClock, signal: new AbortController().signal, random: Math.random, ...deps },
  );
}

async function next(receipts: AsyncGenerator<Receipt, void, void>): Promise<Receipt> {
  const { value } = await receipts.next();
  if (value === undefined) throw new Error("there is no further receipt");
  return value;
}

const countsOf = ({ state, services: [one] }: Receipt) => ({ state, applied: one?.applied, lagging: one?.lagging, left: one?.left, unknown: one?.unknown });

describe("followReceipt", () => {
  test("is complete once everyone who must apply has", async () => {
    for (const name of ["a", "b"]) await report(name, { revision: 1, seen: 1 });
    const receipts = follow(["a", "b"]);
    expect(countsOf(await next(receipts))).toEqual({ state: "waiting", applied: 0, lagging: 2, left: 0, unknown: 0 });
    await report("a", { revision: 2, seen: 2 });
    expect(countsOf(await next(receipts))).toMatchObject({ state: "waiting", applied: 1 });
    await report("b", { revision: 2, seen: 2 });
    expect(countsOf(await next(receipts))).toMatchObject({ state: "complete", applied: 2 });
    expect(await receipts.next()).toEqual({ value: undefined, done: true });
  });

  test("waits for routers where traffic moves, those that join too, and for nobody where there are none", async () => {
    await report("a", { revision: 2, seen: 2 });
    expect(countsOf(await next(follow(["a"], {}, { routed: true })))).toMatchObject({ state: "complete", applied: 1 });
    await reportRouter("edge-1", { revision: 1, seen: 1 });
    const receipts = follow(["a"], {}, { routed: true });
    const standings = ({ services: [one], state }: Receipt) => ({ state, ...Object.fromEntries(Object.entries(one?.routers ?? {}).map(([name, { kind }]) => [name, kind])) });
    let seen = await next(receipts);
    while (Object.keys(seen.services[0]?.instances ?? {}).length === 0) seen = await next(receipts);
    expect(standings(seen)).toEqual({ state: "waiting", "edge-1": "lagging" });
    await reportRouter("edge-2", { revision: 2, seen: 2, status: "reconciling" });
    expect(standings(await next(receipts))).toEqual({ state: "waiting", "edge-1": "lagging", "edge-2": "lagging" });
    await reportRouter("edge-1", { revision: 2, seen: 2 });
    expect(standings(await next(receipts))).toEqual({ state: "waiting", "edge-1": "applied", "edge-2": "lagging" });
    await reportRouter("edge-2", { revision: 2, seen: 2 });
    expect(standings(await next(receipts))).toEqual({ state: "complete", "edge-1": "applied", "edge-2": "applied" });
  });

  test("a router that holds is stuck, and one whose session is lost is unknown", async () => {
    await report("a", { revision: 2, seen: 2 });
    await reportRouter("edge-1", { revision: 2, seen: 2, status: "held", reason: { code: "bad-routes", message: "line 1: no" } });
    const receipts = follow(["a"], {}, { routed: true });
    const seen = await next(receipts);
    expect(seen).toMatchObject({ state: "standing", services: [{ routers: { "edge-1": { kind: "lagging", why: "held: line 1: no" } } }] });
  });

  test("counts whoever joins, of the tracks concerned", async () => {
    await report("a", { revision: 1, seen: 1 });
    const receipts = follow(["a"], {}, { tracks: ["stable"] });
    await next(receipts);
    await report("elsewhere", { track: "canary", revision: 1, seen: 1 });
    await report("joined", { revision: 1, seen: 1 });
    expect(countsOf(await next(receipts))).toMatchObject({ lagging: 2 });
    await report("a", { revision: 2, seen: 2 });
    expect(countsOf(await next(receipts))).toMatchObject({ state: "waiting", applied: 1, lagging: 1 });
    await report("joined", { revision: 2, seen: 2 });
    expect(countsOf(await next(receipts))).toMatchObject({ state: "complete", applied: 2 });
  });

  test("tells signed off from lost", async () => {
    for (const name of ["a", "b", "c"]) await report(name, { revision: 1, seen: 1 });
    const receipts = follow(["a", "b", "c"]);
    await next(receipts);
    await store.transact([{ kind: "delete", key: instanceKey("checkout", "a") }]);
    expect(countsOf(await next(receipts))).toMatchObject({ state: "waiting", left: 1, lagging: 2 });
    store.expireSession(session);
    expect(countsOf(await next(receipts))).toMatchObject({ state: "standing", left: 1, unknown: 2 });
  });

  test("stands at once where a person is needed", async () => {
    await report("a", { revision: 1, seen: 1 });
    const receipts = follow(["a"]);
    await next(receipts);
    await report("a", { revision: 1, seen: 2, status: "held", reason: { code: "no-artifact", message: "there is no artifact of 2.0.0 here" } });
    const last = await next(receipts);
    expect(countsOf(last)).toMatchObject({ state: "standing", lagging: 1 });
    expect(last.services[0]?.instances["a"]).toMatchObject({ why: "held: there is no artifact of 2.0.0 here" });
  });

  test("stands where nothing moves any more, and a heartbeat is no move", async () => {
    await report("a", { revision: 1, seen: 1 });
    const receipts = follow(["a"], { quietMs: 300 });
    await next(receipts);
    const waited = next(receipts);
    await report("a", { revision: 1, seen: 1, at: "2026-03-01T00:00:01.000Z" });
    const last = await waited;
    expect(countsOf(last)).toMatchObject({ state: "standing", lagging: 1 });
    expect(last.elapsedMs).toBeGreaterThanOrEqual(300);
    expect(last.elapsedMs).toBeLessThan(3_000);
  });

  test("waits for whoever has a turn, of whatever track, for as long as it takes; not for those who only wait", async () => {
    const turn = { status: "reconciling", reason: { code: "pace", message: "waits for its turn" }, revision: 1, seen: 2 } as const;
    await report("a", turn);
    await report("elsewhere", { track: "canary", status: "reconciling", reason: { code: "applying", message: "applying 2.0.0" }, revision: 1, seen: 2 });
    const receipts = follow(["a"], { quietMs: 50 }, { tracks: ["stable"], paced: true });
    expect((await next(receipts)).state).toBe("waiting");
    const waited = next(receipts);
    const first = await Promise.race([waited, systemClock.sleep(300).then(() => undefined)]);
    expect(first).toBeUndefined();
    await report("elsewhere", { track: "canary", revision: 2, seen: 2 });
    expect((await waited).state).toBe("waiting");
    const last = await next(receipts);
    expect(countsOf(last)).toMatchObject({ state: "standing", lagging: 1 });
    expect(last.services[0]?.instances["a"]).toMatchObject({ why: "reconciling: waits for its turn" });
  });

  test("stands at once where a pace has stopped", async () => {
    await report("a", { status: "stalled", reason: { code: "process-failed", message: "never ready" }, revision: 1, seen: 2 });
    await report("b", { status: "reconciling", reason: { code: "pace", message: "waits for its turn" }, revision: 1, seen: 2 });
    const receipts = follow(["a", "b"], {}, { paced: true });
    expect((await next(receipts)).state).toBe("waiting");
    await report("b", { status: "held", reason: { code: "pace", message: "goes no further, because a stalled" }, revision: 1, seen: 2 });
    expect(countsOf(await next(receipts))).toMatchObject({ state: "standing", lagging: 2 });
  });

  test("waits for who is at work, however long nothing else moves", async () => {
    await report("a", { revision: 1, seen: 2, status: "reconciling", reason: { code: "applying", message: "applying 2.0.0" } });
    const receipts = follow(["a"], { quietMs: 50 });
    expect(countsOf(await next(receipts))).toMatchObject({ state: "waiting", lagging: 1 });
    const waited = next(receipts);
    await systemClock.sleep(300);
    await report("a", { revision: 2, seen: 2 });
    expect(countsOf(await waited)).toMatchObject({ state: "complete", applied: 1 });
  });

  test("without anybody it is complete", async () => {
    expect(countsOf(await next(follow([])))).toEqual({ state: "complete", applied: 0, lagging: 0, left: 0, unknown: 0 });
  });

  test("where Consul can't be read, everyone is unknown and the fault is told", async () => {
    store.setOutage("no-leader");
    const faults: string[] = [];
    const receipts = follow(["a"], { quietMs: 200, onFault: ({ kind }) => faults.push(kind) });
    expect(countsOf(await next(receipts))).toMatchObject({ state: "standing", unknown: 1, left: 0 });
    expect(faults).toContain("no-leader");
  });

  test("ends where the signal fires", async () => {
    await report("a", { revision: 1, seen: 1 });
    const stop = new AbortController();
    const receipts = follow(["a"], { signal: stop.signal });
    await next(receipts);
    const last = receipts.next();
    stop.abort();
    expect(await last).toEqual({ value: undefined, done: true });
  });

  test("ends where the store is closed", async () => {
    await report("a", { revision: 1, seen: 1 });
    const receipts = follow(["a"]);
    await next(receipts);
    const last = receipts.next();
    store.close();
    expect(await last).toEqual({ value: undefined, done: true });
  });

  test("a thousand instances reporting one by one don't make a thousand readings", async () => {
    const names = Array.from({ length: 1_000 }, (_, place) => `i-${place}`);
    for (const name of names) await report(name, { revision: 1, seen: 1 });
    const receipts = follow(names);
    await next(receipts);
    const wakeUps = store.wakeUps;
    const counting = (async () => {
      for await (const receipt of receipts) if (receipt.state === "complete") return receipt;
      return undefined;
    })();
    for (const name of names) {
      await report(name, { revision: 2, seen: 2 });
      if (Math.random() < 0.2) await systemClock.sleep(1);
    }
    expect(countsOf((await counting) as Receipt)).toMatchObject({ state: "complete", applied: 1_000 });
    expect(store.wakeUps - wakeUps).toBeLessThan(60);
  }, 30_000);
});

describe("paceBlocks", () => {
  test("puts queries further apart while they come at once, and forgets it when it is quiet", async () => {
    let at = 0;
    const slept: number[] = [];
    const clock: Clock = {
      now: () => at,
      monotonic: () => at,
      sleep: (ms) => {
        slept.push(Math.round(ms));
        at += ms;
        return Promise.resolve();
      },
    };
    const paced = paceBlocks(store, clock);
    const block = () => paced.block("instances/checkout/", 0, { waitMs: 1 });
    for (let turn = 0; turn < 10; turn += 1) await block();
    expect(slept).toEqual([20, 30, 45, 68, 101, 152, 200, 200, 200]);
    at += 60_000;
    await block();
    await block();
    expect(slept.slice(9)).toEqual([20]);
  });
});
