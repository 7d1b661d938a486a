import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RecordWriter, createRecordWriter } from "../../../../agent/presence/record-writer.ts";
import { type SessionKeeper, keepSession } from "../../../../agent/presence/session.ts";
import { systemClock } from "../../../../core/clock.ts";
import type { InstanceRecord } from "../../../../core/model/records.ts";
import { type MemoryStore, createMemoryStore } from "../../../../core/store/memory.ts";

const KEY = "instances/shop/shop-1";
const record: InstanceRecord = {
  service: "shop",
  instance: "shop-1",
  track: "stable",
  actuator: "instance",
  status: "in-sync",
  revision: 3,
  seen: 3,
  agent: { version: "0.1.0", startedAt: "2026-11-21T14:05:00.000Z" },
  at: "",
};

interface Life {
  readonly session: SessionKeeper;
  readonly writer: RecordWriter<InstanceRecord>;
  readonly taken: boolean[];
  readonly remembered: string[];
  end(): Promise<void>;
}

let store: MemoryStore;
let lives: Life[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  store = createMemoryStore();
});
afterEach(async () => {
  await Promise.all(lives.map((life) => life.end()));
  lives = [];
  vi.useRealTimers();
});

/** One agent's presence, with the session of its former life where it remembers one. */
function live(remembered?: string, remember: (session: string) => Promise<void> = () => Promise.resolve()): Life {
  const over = new AbortController();
  const taken: boolean[] = [];
  const kept: string[] = [];
  const session = keepSession({
    store,
    clock: systemClock,
    random: () => 0.5,
    name: "shop-1",
    ttlMs: 15_000,
    remembered,
    remember: async (id) => {
      kept.push(id);
      await remember(id);
    },
    onLost: () => undefined, onTended: () => undefined,
    onSession: () => writer.hold(),
    onFault: () => undefined,
  });
  const writer: RecordWriter<InstanceRecord> = createRecordWriter({ store, clock: systemClock, session, key: KEY, onFault: () => undefined, onTaken: (isTaken) => taken.push(isTaken) });
  writer.report(record);
  const running = Promise.all([session.run(over.signal), writer.run(over.signal)]);
  const life: Life = {
    session,
    writer,
    taken,
    remembered: kept,
    async end() {
      over.abort();
      await running;
    },
  };
  lives.push(life);
  return life;
}

const passes = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function held(): Promise<{ readonly revision: number; readonly session: string | undefined } | undefined> {
  const entry = await store.get(KEY);
  if (!entry.ok || entry.value === undefined) return undefined;
  return { revision: (JSON.parse(new TextDecoder().decode(entry.value.value)) as InstanceRecord).revision, session: entry.value.session };
}

describe("an instance's record", () => {
  it("is held by a session that is remembered before it holds anything", async () => {
    let onDisk = (): void => undefined;
    const life = live(undefined, () => new Promise((resolve) => (onDisk = resolve)));
    await passes(10);
    expect(life.remembered).toHaveLength(1);
    expect(await held()).toBeUndefined();
    onDisk();
    await passes(10);
    expect(await held()).toEqual({ revision: 3, session: life.remembered[0] });
  });

  it("of a former life is no stranger's: the next life goes on with its session", async () => {
    const first = live();
    await passes(10);
    await first.end();
    const second = live(first.remembered[0]);
    await second.writer.claim();
    await passes(10);
    expect(second.taken).toEqual([]);
    expect(await held()).toEqual({ revision: 3, session: first.remembered[0] });
  });

  it("that another agent holds is left alone until that one is gone", async () => {
    const first = live();
    await passes(10);
    const second = live();
    await second.writer.claim();
    second.writer.report({ ...record, revision: 4 });
    await passes(5_000);
    expect(second.taken).toEqual([true]);
    expect(await held()).toEqual({ revision: 3, session: first.session.current() });
    await first.end();
    await first.writer.remove(new AbortController().signal);
    await passes(1_100);
    expect(second.taken).toEqual([true, false]);
    expect(await held()).toEqual({ revision: 4, session: second.session.current() });
  });

  it("is held anew at once when its session is lost, also where that is told while the session is tended", async () => {
    const life = live();
    await passes(10);
    const first = life.session.current() ?? "";
    await passes(4_990);
    // Now a renewal is due: it is under way when a write says that the session is dead.
    store.expireSession(first);
    const renewing = passes(1);
    life.session.lost(first);
    await renewing;
    await passes(50);
    const next = life.session.current();
    expect(next).not.toBe(first);
    expect(await held()).toEqual({ revision: 3, session: next });
  });

  it("that was deleted comes back within a minute", async () => {
    live();
    await passes(10);
    await store.transact([{ kind: "delete", key: KEY }]);
    expect(await held()).toBeUndefined();
    await passes(61_000);
    expect(await held()).toMatchObject({ revision: 3 });
  });
});
