/** What only the memory store has: the means to make it fail. The rest is held by test/contract. */
import { describe, expect, test } from "vitest";
import { createMemoryStore, createMemoryWorld } from "../../../core/store/memory.ts";
import type { Operation } from "../../../core/store/port.ts";

const CREATE: readonly Operation[] = [{ kind: "create", key: "a", value: "1" }];

describe("faults on demand", () => {
  test("the next call fails, the one after doesn't; a write may happen all the same", async () => {
    const store = createMemoryStore();
    store.failNext("timeout");
    expect(await store.get("a")).toMatchObject({ ok: false, fault: { kind: "timeout", key: "rollpin/a" } });
    store.failNext("unknown-outcome");
    expect(await store.transact(CREATE)).toMatchObject({ ok: false, fault: { kind: "unknown-outcome" } });
    expect(await store.get("a")).toEqual({ ok: true, value: undefined });
    store.failNext("unknown-outcome", { applied: true });
    expect(await store.transact(CREATE)).toMatchObject({ ok: false, fault: { kind: "unknown-outcome" } });
    expect(await store.get("a")).toMatchObject({ ok: true, value: { key: "a" } });
  });

  test("an outage hits every call of that client, parked ones too, until it is over", async () => {
    const world = createMemoryWorld();
    const [store, other] = [world.client(), world.client()];
    store.putByHand("a/pin", "1");
    const parked = store.block("a/", 1_000, { waitMs: 60_000 });
    store.setOutage("no-leader");
    expect(await parked).toMatchObject({ ok: false, fault: { kind: "no-leader" } });
    expect(await store.list("a/")).toMatchObject({ ok: false, fault: { kind: "no-leader" } });
    expect(await other.list("a/")).toMatchObject({ ok: true });
    store.setOutage(undefined);
    expect(await store.list("a/")).toMatchObject({ ok: true, value: { entries: [{ key: "a/pin" }] } });
  });

  test("a folder that is hidden lists as empty and reads as denied", async () => {
    const store = createMemoryStore();
    store.putByHand("a/pin", "1");
    store.setHidden("a/");
    expect(await store.list("a/")).toMatchObject({ ok: true, value: { entries: [] } });
    expect(await store.get("a/pin")).toMatchObject({ ok: false, fault: { kind: "denied", key: "rollpin/a/pin" } });
  });

  test("an expired session leaves its keys unheld and can't be renewed", async () => {
    const store = createMemoryStore();
    const session = await store.sessions.create({ name: "s", ttlMs: 10_000 });
    if (!session.ok) throw new Error("no session");
    await store.transact([{ kind: "lock", key: "k", value: "1", session: session.value }]);
    store.expireSession(session.value);
    expect(await store.sessions.renew(session.value)).toMatchObject({ ok: false, fault: { kind: "no-session" } });
    expect(await store.get("k")).toMatchObject({ ok: true, value: { key: "k", value: Buffer.from("1") } });
    const left = await store.get("k");
    expect(left.ok && left.value?.session).toBeUndefined();
  });

  test("counts the wake-ups of each client: one for each transaction below its folder, none for others", async () => {
    const world = createMemoryWorld();
    const [watcher, writer] = [world.client(), world.client()];
    writer.putByHand("a/head", "1");
    const reading = await watcher.list("a/");
    if (!reading.ok) throw new Error("no reading");
    const parked = watcher.block("a/", reading.value.queryIndex, { waitMs: 60_000 });
    await writer.transact([{ kind: "create", key: "b/pin", value: "1" }]);
    expect(watcher.wakeUps).toBe(0);
    await writer.transact([{ kind: "create", key: "a/pin", value: "1" }, { kind: "create", key: "a/config", value: "1" }]);
    expect(await parked).toMatchObject({ ok: true, value: { entries: { length: 3 } } });
    expect([watcher.wakeUps, writer.wakeUps]).toEqual([1, 0]);
  });
});
