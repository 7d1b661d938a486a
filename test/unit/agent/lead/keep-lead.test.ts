import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change } from "../../../../agent/appliers/applier.ts";
import type { Wanted } from "../../../../agent/lead/actuation.ts";
import { type LeadKeeper, keepLead } from "../../../../agent/lead/keep-lead.ts";
import { systemClock } from "../../../../core/clock.ts";
import type { Outcome } from "../../../../core/model/fault.ts";
import { type ActuatorRecord, actuatorSchema } from "../../../../core/model/actuator-records.ts";
import { err } from "../../../../core/model/result.ts";
import { type MemoryStore, type MemoryWorld, createMemoryWorld } from "../../../../core/store/memory.ts";

const KEY = "locks/actuator/shop/stable";
const WANTED: Wanted = { digest: "d2", version: "2", restartRevision: 0 };
const never = new AbortController().signal;
const noFlight = (): void => undefined;

const change = (version: string, revision: number): Change => ({ service: "shop", instance: "shop-1", track: "stable", revision, digest: `d${version}`, from: undefined, to: { version, config: undefined, routes: undefined }, restart: false });

interface Life {
  readonly lead: LeadKeeper;
  readonly store: MemoryStore;
  session: string | undefined;
  /** As Consul does when it hears nothing for long. */
  expire(): void;
  renew(): Promise<void>;
}

let world: MemoryWorld;
let reader: MemoryStore;
let ending: AbortController;
let runs: Promise<void>[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  world = createMemoryWorld();
  reader = world.client();
  ending = new AbortController();
  runs = [];
});
afterEach(async () => {
  ending.abort();
  await Promise.all(runs);
  vi.useRealTimers();
});

async function newSession(store: MemoryStore): Promise<string> {
  const made = await store.sessions.create({ name: "test", ttlMs: 10_000 });
  if (!made.ok) throw new Error(made.fault.kind);
  return made.value;
}

async function life(instance: string, wanted: () => Wanted | undefined = () => WANTED, transact?: MemoryStore["transact"]): Promise<Life> {
  const store = world.client();
  const made: Life = {
    store,
    session: await newSession(store),
    expire: () => store.expireSession(made.session ?? ""),
    renew: async () => {
      made.session = await newSession(store);
    },
    lead: keepLead({ store: transact === undefined ? store : { ...store, transact }, clock: systemClock, random: () => 0, service: "shop", track: "stable", instance, session: () => made.session, wanted, onChange: () => undefined, onFault: () => undefined }),
  };
  runs.push(made.lead.run(ending.signal));
  await passes(500);
  return made;
}

const passes = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function lock(): Promise<ActuatorRecord | undefined> {
  const entry = await reader.get(KEY);
  if (!entry.ok || entry.value === undefined) return undefined;
  return actuatorSchema.parse(JSON.parse(Buffer.from(entry.value.value).toString()));
}

describe("the lead", () => {
  it("is one agent's, and the next one's when its session is gone", async () => {
    const [first, second] = [await life("shop-1"), await life("shop-2")];
    expect([first.lead.lead().kind, second.lead.lead()]).toEqual(["own", { kind: "other", leader: "shop-1", last: undefined }]);
    first.expire();
    first.session = undefined;
    await passes(10_000);
    expect(second.lead.lead().kind).toBe("own");
    await first.renew();
    await passes(10_000);
    expect(first.lead.lead()).toEqual({ kind: "other", leader: "shop-2", last: undefined });
  });

  it("is not taken before Consul said what is wanted, nor without a session", async () => {
    let wanted: Wanted | undefined;
    const only = await life("shop-1", () => wanted);
    await passes(10_000);
    expect(only.lead.lead()).toMatchObject({ kind: "vacant", denied: false });
    wanted = WANTED;
    only.lead.lookSoon();
    await passes(500);
    expect(only.lead.lead().kind).toBe("own");
  });

  it("is let go of at once", async () => {
    const [first, second] = [await life("shop-1"), await life("shop-2")];
    const begun = await first.lead.begin(change("2", 7), noFlight);
    await first.lead.release(never);
    await passes(2_000);
    expect(second.lead.lead()).toEqual({ kind: "own", last: begun });
  });

  it("says that this agent may not take it, and asks once a minute", async () => {
    let asked = 0;
    const denied = async (): Promise<Outcome<never>> => {
      asked += 1;
      return err({ kind: "denied", operation: "transaction", key: KEY, cause: "Permission denied" });
    };
    const only = await life("shop-1", () => WANTED, denied);
    await passes(59_000);
    expect(only.lead.lead()).toMatchObject({ kind: "vacant", denied: true, why: expect.stringContaining(`denies transaction ${KEY}`) as string });
    expect(asked).toBe(1);
    await passes(10_000);
    expect(asked).toBe(2);
  });

  it("goes on with what is known while Consul is away", async () => {
    const only = await life("shop-1");
    const begun = await only.lead.begin(change("2", 7), noFlight);
    only.store.setOutage({ kind: "unreachable", operation: "get", cause: "refused" });
    await passes(10_000);
    expect(only.lead.lead()).toMatchObject({ kind: "unknown", last: begun });
    expect(await only.lead.begin(change("3", 8), noFlight)).toBeUndefined();
    only.store.setOutage(undefined);
    await passes(10_000);
    expect(only.lead.lead()).toEqual({ kind: "own", last: begun });
  });
});

describe("a run", () => {
  it("is written before it begins and when it ended", async () => {
    const only = await life("shop-1");
    const begun = await only.lead.begin(change("2", 7), noFlight);
    expect(await lock()).toEqual({ leader: "shop-1", last: begun });
    expect(begun).toMatchObject({ generation: 7, attempt: 1, state: "begun", by: "shop-1" });
    if (begun === undefined) return;
    expect(await only.lead.end(begun, { state: "done", spent: undefined, message: undefined }, never)).toBe(true);
    expect((await lock())?.last).toMatchObject({ state: "done", generation: 7, attempt: 1 });
  });

  it("of an agent that was paused past its session begins nothing and writes nothing", async () => {
    const [first, second] = [await life("shop-1"), await life("shop-2")];
    const onLost = vi.fn<() => void>();
    const begun = await first.lead.begin(change("2", 7), onLost);
    if (begun === undefined) throw new Error("it leads");
    first.expire();
    const takenOver = await until(second, change("2", 7));
    expect(takenOver).toMatchObject({ generation: 7, attempt: 2, by: "shop-2" });
    // It wakes: nothing that it remembers is true any more.
    expect(await first.lead.isHeld()).toBe(false);
    expect(await first.lead.begin(change("3", 8), noFlight)).toBeUndefined();
    expect(await first.lead.end(begun, { state: "done", spent: undefined, message: undefined }, never)).toBe(false);
    expect((await lock())?.last).toEqual(takenOver);
    await passes(10_000);
    expect(onLost).toHaveBeenCalled();
  });

  it("that outlived its session is written down all the same, if nobody took over", async () => {
    const only = await life("shop-1");
    const begun = await only.lead.begin(change("2", 7), noFlight);
    if (begun === undefined) throw new Error("it leads");
    only.expire();
    const ended = only.lead.end(begun, { state: "done", spent: undefined, message: undefined }, never);
    await passes(3_000);
    await only.renew();
    await passes(10_000);
    expect(await ended).toBe(true);
    expect(await lock()).toMatchObject({ leader: "shop-1", last: { state: "done", attempt: 1 } });
  });

  it("whose end was written though the answer was lost is not written twice", async () => {
    const only = await life("shop-1");
    const begun = await only.lead.begin(change("2", 7), noFlight);
    if (begun === undefined) throw new Error("it leads");
    only.store.failNext({ kind: "unknown-outcome", operation: "transaction", cause: "reset" }, { applied: true });
    const ended = only.lead.end(begun, { state: "failed", spent: undefined, message: "no" }, never);
    await passes(5_000);
    expect(await ended).toBe(true);
    expect((await lock())?.last).toMatchObject({ state: "failed", message: "no", attempt: 1 });
  });

  it("is known although a hand deleted the key or wrote garbage into it", async () => {
    const only = await life("shop-1");
    const begun = await only.lead.begin(change("2", 7), noFlight);
    if (begun === undefined) throw new Error("it leads");
    await only.lead.end(begun, { state: "done", spent: undefined, message: undefined }, never);
    const isKnown = async (): Promise<void> => {
      await passes(12_000);
      expect(only.lead.lead()).toMatchObject({ kind: "own", last: { state: "done", generation: 7 } });
    };
    await reader.transact([{ kind: "delete", key: KEY }]);
    await isKnown();
    reader.putByHand(KEY, "][");
    await isKnown();
    reader.putByHand(KEY, "");
    await isKnown();
  });

  it("of which a command was left out in doubt stays begun, and is run again", async () => {
    const only = await life("shop-1");
    const begun = await only.lead.begin(change("2", 7), noFlight);
    if (begun === undefined) throw new Error("it leads");
    only.store.failNext({ kind: "timeout", operation: "transaction", afterMs: 10_000 });
    expect(await only.lead.isHeld()).toBe(false);
    expect(await only.lead.end(begun, { state: "failed", spent: true, message: "not put back" }, never)).toBe(false);
    await passes(5_000);
    expect(only.lead.lead()).toEqual({ kind: "own", last: begun });
    expect(await only.lead.begin(change("2", 7), noFlight)).toMatchObject({ generation: 7, attempt: 2 });
  });

  it("that was given up may be tried again when a person says so", async () => {
    const only = await life("shop-1");
    const begun = await only.lead.begin(change("2", 7), noFlight);
    if (begun === undefined) throw new Error("it leads");
    await only.lead.end(begun, { state: "failed", spent: true, message: "no" }, never);
    expect(only.lead.lead().last?.spent).toBe(true);
    only.lead.retry();
    expect(only.lead.lead().last?.spent).toBeUndefined();
    expect(await only.lead.begin(change("2", 7), noFlight)).toMatchObject({ generation: 7, attempt: 2 });
  });
});

/** Begins as soon as that agent leads. */
async function until({ lead }: Life, wanted: Change): Promise<Awaited<ReturnType<LeadKeeper["begin"]>>> {
  for (let looks = 0; looks < 100 && lead.lead().kind !== "own"; looks += 1) await passes(100);
  return lead.begin(wanted, noFlight);
}
