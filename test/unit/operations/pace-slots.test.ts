import { beforeEach, describe, expect, it } from "vitest";
import type { Bounded } from "../../../core/model/pace.ts";
import { type PaceState, paceStateSchema } from "../../../core/model/pace-records.ts";
import { parseRecord } from "../../../core/model/parse-record.ts";
import { type SlotOwner, leaveSlot, takeSlot } from "../../../core/operations/pace-slots.ts";
import { instanceKey, paceSlotKey, paceStateKey } from "../../../core/store/keys.ts";
import { err } from "../../../core/model/result.ts";
import type { Store } from "../../../core/store/port.ts";
import { type MemoryStore, createMemoryStore } from "../../../core/store/memory.ts";
import { instanceOf } from "../decide/facts.ts";

const SERVICE = "checkout";
const two: Bounded = { kind: "count", count: 2, stopAfter: 1 };
const half: Bounded = { kind: "percentage", percentage: 50, stopAfter: 1 };
const NOW = { now: 0 };

let store: MemoryStore;
beforeEach(() => {
  store = createMemoryStore();
});

async function ownerOf(instance: string): Promise<SlotOwner> {
  const session = await store.sessions.create({ name: instance, ttlMs: 15_000 });
  if (!session.ok) throw new Error(session.fault.kind);
  return { service: SERVICE, instance, session: session.value };
}

async function ask(owner: SlotOwner, { revision = 12, pace = two, back = false } = {}): Promise<string> {
  const answer = await takeSlot(store, owner, { move: { revision, back }, pace }, NOW);
  return answer.ok ? answer.value.kind : answer.fault.kind;
}

async function stateNow(): Promise<PaceState> {
  const entry = await store.get(paceStateKey(SERVICE));
  if (!entry.ok || entry.value === undefined) throw new Error("there is no state");
  const parsed = parseRecord(paceStateSchema, entry.value.key, entry.value.value);
  if (!parsed.ok) throw new Error(parsed.fault.problems.join());
  return parsed.value;
}

/** Its first transaction is done, and nobody hears of it. */
function losesAnAnswer(inner: MemoryStore): Store {
  let lost = false;
  return {
    ...inner,
    transact: async (...given) => {
      const done = await inner.transact(...given);
      if (lost) return done;
      lost = true;
      return err({ kind: "unknown-outcome", operation: "transaction", cause: "reset" });
    },
  };
}

describe("slots", () => {
  it("are given one by one, then as many as the pace, and come back", async () => {
    const [a, b, c] = [await ownerOf("a"), await ownerOf("b"), await ownerOf("c")];
    expect([await ask(a), await ask(b)]).toEqual(["granted", "full"]);
    await leaveSlot(store, a, 12, { kind: "applied" });
    expect([await ask(a), await ask(b), await ask(c)]).toEqual(["granted", "granted", "full"]);
    await leaveSlot(store, b, 12, { kind: "dropped" });
    expect(await ask(c)).toBe("granted");
    expect((await stateNow()).moves).toEqual({ 12: { proven: true, stalled: [] } });
  });

  it("are no longer given where one stalled, until another move", async () => {
    const [a, b] = [await ownerOf("a"), await ownerOf("b")];
    await ask(a);
    await leaveSlot(store, a, 12, { kind: "stalled", why: "never ready" });
    expect(await takeSlot(store, b, { move: { revision: 12 }, pace: two }, NOW)).toEqual({ ok: true, value: { kind: "stopped", stalled: ["a"], why: "never ready" } });
    expect([await ask(b, { revision: 13 }), await ask(a, { revision: 12, back: true })]).toEqual(["granted", "granted"]);
  });

  it("of a dead session are nobody's, and the key goes with the next turn", async () => {
    const [a, b] = [await ownerOf("a"), await ownerOf("b")];
    await ask(a);
    store.expireSession(a.session);
    expect(await ask(b)).toBe("granted");
    expect(await store.get(paceSlotKey(SERVICE, "a"))).toEqual({ ok: true, value: undefined });
  });

  it("can't be taken, or made sure of, or counted, by a session that is gone", async () => {
    const [a, b] = [await ownerOf("a"), await ownerOf("b")];
    await ask(a);
    store.expireSession(a.session);
    expect(await ask(a)).toBe("conflict");
    expect(await ask(b)).toBe("granted");
    await leaveSlot(store, a, 12, { kind: "applied" });
    expect((await stateNow()).moves[12]?.proven).toBe(false);
    expect(await ask(b)).toBe("granted");
  });

  it("are taken and given back, though an outcome stayed unknown", async () => {
    const a = await ownerOf("a");
    expect(await takeSlot(losesAnAnswer(store), a, { move: { revision: 12 }, pace: two }, NOW)).toMatchObject({ ok: true, value: { kind: "granted" } });
    expect((await stateNow()).turn).toBe(2);
    expect(await leaveSlot(losesAnAnswer(store), a, 12, { kind: "applied" })).toEqual({ ok: true, value: undefined });
    expect(await leaveSlot(store, a, 12, { kind: "applied" })).toEqual({ ok: true, value: undefined });
    expect((await stateNow()).moves[12]?.proven).toBe(true);
  });

  it("by percentage are of the instances that lived when the first was given", async () => {
    const owners = await Promise.all(["a", "b", "c", "d"].map(ownerOf));
    for (const { instance, session } of owners) await store.transact([{ kind: "lock", key: instanceKey(SERVICE, instance), value: JSON.stringify(instanceOf({ instance }).record), session }]);
    const [a, b, c, d] = owners as [SlotOwner, SlotOwner, SlotOwner, SlotOwner];
    expect([await ask(a, { pace: half, back: true }), await ask(b, { pace: half, back: true }), await ask(c, { pace: half, back: true })]).toEqual(["granted", "granted", "full"]);
    store.expireSession(d.session);
    expect((await stateNow()).moves[12]?.size).toBe(4);
    expect(await ask(c, { pace: half, back: true })).toBe("full");
  });

  it("survive garbage in their state", async () => {
    await store.transact([{ kind: "create", key: paceStateKey(SERVICE), value: "not json" }]);
    expect(await ask(await ownerOf("a"))).toBe("granted");
    expect((await stateNow()).turn).toBe(1);
  });

  it("of a crowd that asks at once are never more than the pace", async () => {
    const owners = await Promise.all(Array.from({ length: 40 }, (_, at) => ownerOf(`i-${at}`)));
    const answers = await Promise.all(owners.map((owner) => ask(owner, { back: true })));
    expect(answers.filter((answer) => answer === "granted").length).toBeLessThanOrEqual(2);
    expect(answers.filter((answer) => answer === "granted").length).toBeGreaterThan(0);
    expect(new Set(answers)).not.toContain("conflict");
  });
});
