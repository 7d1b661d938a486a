import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PaceGate, createPaceGate } from "../../../../agent/pace/gate.ts";
import type { Pacing } from "../../../../agent/pace/pacing.ts";
import { type Clock, systemClock } from "../../../../core/clock.ts";
import { takeSlot } from "../../../../core/operations/pace-slots.ts";
import { paceFolder, paceSlotKey } from "../../../../core/store/keys.ts";
import { type MemoryStore, createMemoryStore } from "../../../../core/store/memory.ts";
import { until } from "../../../support/until.ts";

const SERVICE = "checkout";
const TTL = 10_000;
const paced = (revision: number): Pacing => ({ text: "1", pace: { kind: "count", count: 1, stopAfter: 1 }, move: { revision } });

let store: MemoryStore;
let stop: AbortController;
let ahead: number;
let wall: number;
/** Real time, and what a test adds to it; sleeps take none. */
const clock: Clock = { now: () => wall, monotonic: () => systemClock.monotonic() + ahead, sleep: () => Promise.resolve() };

beforeEach(() => {
  store = createMemoryStore();
  stop = new AbortController();
  ahead = 0;
  wall = 0;
});
afterEach(() => stop.abort());

interface Rig {
  readonly gate: PaceGate;
  session: string;
  changes: number;
}

async function newSession(): Promise<string> {
  const made = await store.sessions.create({ name: "agent", ttlMs: TTL });
  if (!made.ok) throw new Error(made.fault.kind);
  return made.value;
}

async function gateOf(instance: string, given: { readonly hadSession?: boolean; readonly session?: string } = {}): Promise<Rig> {
  const rig: Rig = {
    session: given.session ?? (await newSession()),
    changes: 0,
    gate: createPaceGate({ store, clock, random: () => 0, service: SERVICE, instance, sessionTtl: TTL, session: () => rig.session, hadSession: given.hadSession ?? false, onChange: () => (rig.changes += 1) }),
  };
  void rig.gate.run(stop.signal);
  return rig;
}

const soon = { everyMs: 2, deadlineMs: 4_000 };
const granted = ({ gate }: Rig, revision = 12) => until("the turn", () => gate.admit(paced(revision)).kind === "granted", soon);
const waits = ({ gate }: Rig, what: string, revision = 12) =>
  until(`waits, because ${what}`, () => {
    const admission = gate.admit(paced(revision));
    return admission.kind === "wait" && admission.reason.message.includes(what) && admission;
  }, soon);
const slots = async (): Promise<readonly string[]> => {
  const listed = await store.keys(`${paceFolder(SERVICE)}slots/`);
  return listed.ok ? listed.value.map((key) => key.split("/").at(-1) ?? "") : [];
};

describe("the gate", () => {
  it("lets one through after the other, and says nothing that changes meanwhile", async () => {
    const [a, b] = [await gateOf("a"), await gateOf("b")];
    expect(a.gate.admit(paced(12))).toMatchObject({ kind: "wait", status: "reconciling", reason: { code: "pace" } });
    await granted(a);
    const before = b.gate.admit(paced(12));
    await until("b was answered", () => b.changes > 0, soon);
    expect(b.gate.admit(paced(12))).toEqual(before);
    a.gate.end(paced(12), { kind: "applied" });
    await granted(b);
    expect(await slots()).toEqual(["b"]);
  });

  it("asks nothing of Consul while nothing waits", async () => {
    const a = await gateOf("a");
    store.setOutage("denied");
    for (let turn = 0; turn < 5; turn += 1) a.gate.end(paced(12), { kind: "applied" });
    a.gate.end(undefined, { kind: "dropped" });
    await systemClock.sleep(5);
    store.setOutage(undefined);
    expect(await slots()).toEqual([]);
    expect(a.changes).toBe(0);
  });

  it("stops where one stalled, and goes on once that one is through after all", async () => {
    const [a, b] = [await gateOf("a"), await gateOf("b")];
    await granted(a);
    a.gate.end(paced(12), { kind: "stalled", why: "never ready" });
    expect(await waits(b, "a stalled with it (never ready)")).toMatchObject({ status: "held", reason: { code: "pace" } });
    await granted(a);
    a.gate.end(paced(12), { kind: "applied" });
    await granted(b);
  });

  it("tells of one that got through and stalls later", async () => {
    const [a, b] = [await gateOf("a"), await gateOf("b")];
    await granted(a);
    a.gate.end(paced(12), { kind: "applied" });
    await until("the slot is given back", async () => (await slots()).length === 0, soon);
    a.gate.end(paced(12), { kind: "stalled", why: "crash loop" });
    await waits(b, "crash loop");
  });

  it("loses its turn with its session", async () => {
    const a = await gateOf("a");
    await granted(a);
    store.expireSession(a.session);
    a.session = await newSession();
    const before = a.changes;
    a.gate.sessionChanged();
    expect([a.gate.holds(), a.changes]).toEqual([false, before + 1]);
    await granted(a);
    expect(a.gate.holds()).toBe(true);
  });

  it("makes sure of its turn after a pause, and waits where another has it", async () => {
    const [a, b] = [await gateOf("a"), await gateOf("b")];
    await granted(a);
    ahead = TTL;
    expect(a.gate.admit(paced(12)).kind).toBe("wait");
    await granted(a);
    store.expireSession(a.session);
    await granted(b);
    ahead = 3 * TTL;
    expect(a.gate.admit(paced(12)).kind).toBe("wait");
    await until("a knows that its turn is lost", () => !a.gate.holds(), soon);
    expect(a.gate.admit(paced(12)).kind).toBe("wait");
    expect(await slots()).toEqual(["b"]);
  });

  it.each([
    ["its machine was suspended, or its clock was set ahead", TTL, "wait"],
    ["its clock was set back", -TTL, "granted"],
  ])("asks whether it still has its turn after %s", async (_, jump, kind) => {
    const a = await gateOf("a");
    await granted(a);
    wall = jump;
    expect(a.gate.admit(paced(12)).kind).toBe(kind);
    await granted(a);
  });

  it("keeps its turn while Consul is away, and gets none then", async () => {
    const [a, b] = [await gateOf("a"), await gateOf("b")];
    await granted(a);
    store.setOutage("unreachable");
    ahead = TTL;
    await granted(a);
    expect(await waits(b, "can't be reached")).toMatchObject({ status: "reconciling" });
  });

  it("holds, and says what to do, where its token may not", async () => {
    const a = await gateOf("a");
    store.setOutage("denied");
    expect(await waits(a, "locks/pace/")).toMatchObject({ status: "held" });
  });

  it("takes its place along to a newer move", async () => {
    const [a, b] = [await gateOf("a"), await gateOf("b")];
    await granted(a);
    await granted(a, 13);
    expect(b.gate.admit(paced(13)).kind).toBe("wait");
    expect(await slots()).toEqual(["a"]);
  });

  it("says nothing about a move that a newer one overtook", async () => {
    const a = await gateOf("a");
    await granted(a);
    a.gate.end(paced(13), { kind: "applied" });
    await until("the slot is given back", async () => (await slots()).length === 0, soon);
    const [b, c] = [await gateOf("b"), await gateOf("c")];
    await granted(b);
    b.gate.end(paced(12), { kind: "stalled", why: "never ready" });
    await waits(c, "b stalled with it");
    c.gate.end(undefined, { kind: "dropped" });
  });

  it("gives back what a former life left", async () => {
    const session = await newSession();
    await takeSlot(store, { service: SERVICE, instance: "a", session }, paced(12), { now: 0 });
    const a = await gateOf("a", { session, hadSession: true });
    a.gate.end(paced(12), { kind: "applied" });
    await until("it is given back", async () => (await slots()).length === 0, soon);
    await granted(await gateOf("b"));
    expect(await store.get(paceSlotKey(SERVICE, "a"))).toEqual({ ok: true, value: undefined });
  });
});
