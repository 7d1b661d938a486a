import { beforeEach, expect, it } from "vitest";
import { determineHolder, holderAfterTry, holderState } from "../../../../agent/lead/holder.ts";
import { type SessionLock, createSessionLock } from "../../../../agent/lead/session-lock.ts";
import { type MemoryStore, type MemoryWorld, createMemoryWorld } from "../../../../core/store/memory.ts";

const KEY = "locks/thing";
const signal = new AbortController().signal;
let world: MemoryWorld;
let faults: string[];
let now: number;
beforeEach(() => {
  world = createMemoryWorld();
  [faults, now] = [[], 0];
});

async function agent(name: string): Promise<{ readonly lock: SessionLock; readonly store: MemoryStore; readonly session: string }> {
  const store = world.client();
  const made = await store.sessions.create({ name, ttlMs: 10_000 });
  if (!made.ok) throw new Error(made.fault.kind);
  return { store, session: made.value, lock: createSessionLock({ store, clock: { monotonic: () => now }, key: KEY, session: () => made.value, onFault: ({ kind }) => void faults.push(kind) }) };
}

async function holderOf({ lock, session }: { readonly lock: SessionLock; readonly session: string }): Promise<string> {
  const read = await lock.read(signal);
  if (!read.ok) throw new Error(read.fault.kind);
  return determineHolder(read.value, session, "somebody").kind;
}

it("is one agent's at a time, until it lets go", async () => {
  const [one, other] = [await agent("one"), await agent("other")];
  expect([await holderOf(one), await holderOf(other)]).toEqual(["vacant", "vacant"]);
  expect(holderAfterTry(await one.lock.take({ at: 1 }, signal))).toEqual({ kind: "own" });
  // The other has not looked since: what it saw is gone.
  expect(holderAfterTry(await other.lock.take({ at: 2 }, signal))).toMatchObject({ kind: "vacant", denied: false, why: "the lead is free and being taken" });
  expect([await holderOf(one), await holderOf(other)]).toEqual(["own", "other"]);
  expect(await other.lock.write({ at: 2 }, signal)).toMatchObject({ kind: "conflict" });
  await one.lock.release({ at: 3 }, {});
  expect(await holderOf(other)).toBe("vacant");
  expect(await other.lock.take({ at: 4 }, signal)).toBeUndefined();
});

it("writes nothing over what a hand has changed since it looked, and goes on after the next look", async () => {
  const one = await agent("one");
  await one.lock.take({ at: 1 }, signal);
  one.store.putByHand(KEY, "mine");
  expect(await one.lock.write({ at: 2 }, signal)).toMatchObject({ kind: "conflict" });
  await one.lock.read(signal);
  expect(await one.lock.write({ at: 2 }, signal)).toBeUndefined();
});

it("asks once a minute where it was denied, and says the same meanwhile", async () => {
  const one = await agent("one");
  await one.lock.read(signal);
  one.store.failNext({ kind: "denied", operation: "transaction", key: KEY, cause: "Permission denied" });
  const denied = holderAfterTry(await one.lock.take({ at: 1 }, signal));
  expect(denied).toMatchObject({ kind: "vacant", denied: true });
  now = 59_999;
  expect(holderAfterTry(await one.lock.take({ at: 1 }, signal))).toEqual(denied);
  expect(faults).toEqual(["denied"]);
  now = 60_000;
  expect(await one.lock.take({ at: 1 }, signal)).toBeUndefined();
});

it("is shown as whose it is, or why it is nobody's", () => {
  expect([holderState({ kind: "own" }, "a"), holderState({ kind: "other", leader: "b" }, "a"), holderState({ kind: "vacant", why: "denied", denied: true }, "a")]).toEqual([
    { own: true, leader: "a" },
    { own: false, leader: "b" },
    { own: false, why: "denied" },
  ]);
});
