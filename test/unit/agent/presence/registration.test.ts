import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Untold } from "../../../../agent/process/deps.ts";
import { createRegistration } from "../../../../agent/presence/registration.ts";
import { type Clock, systemClock } from "../../../../core/clock.ts";
import type { Outcome } from "../../../../core/model/fault.ts";
import { type Result, err, ok } from "../../../../core/model/result.ts";
import { type MemoryStore, createMemoryStore } from "../../../../core/store/memory.ts";
import type { Catalog, Endpoint, ServiceRegistration } from "../../../../core/store/port.ts";

/** Announces port 2, in place of another, while the catalog answers as told; how it ended, and how long that took on the test's clock. */
async function announceWhile(shows: (elapsedMs: number) => Outcome<Endpoint | undefined>): Promise<{ readonly told: Result<void, Untold>; readonly ms: number }> {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const store = createMemoryStore();
  let shown: typeof shows = () => at(1);
  const catalog = { ...store.catalog, healthyInstance: () => Promise.resolve(shown(now)) };
  const settings = { tags: [], meta: {}, check: false as const };
  const registration = createRegistration({ store: { ...store, catalog }, clock, settings, service: "shop", instance: "shop-1", track: "stable", isRouted: false, onFault: () => undefined });
  expect(await registration.announce({ version: "1.0.0", port: 1 })).toEqual(ok(undefined));
  now = 0;
  shown = shows;
  return { told: await registration.announce({ version: "2.0.0", port: 2 }), ms: now };
}

const failed = (kind: "denied" | "unreachable"): Outcome<never> => err({ kind, operation: "endpoint", cause: "no" });
const at = (port: number): Outcome<Endpoint> => ok({ id: "shop-1", node: "n", address: "127.0.0.1", port, tags: [], meta: {} });

describe("announcing an endpoint", () => {
  it("waits while the catalog still sends clients to the former one", async () => {
    const { ms, told } = await announceWhile((elapsed) => at(elapsed < 6_000 ? 1 : 2));
    expect(told).toEqual(ok(undefined));
    expect(ms).toBeGreaterThanOrEqual(6_000);
  });

  it("doesn't wait for ever for one that is stuck", async () => {
    const { ms, told } = await announceWhile(() => at(1));
    expect(told).toEqual(ok(undefined));
    expect(ms).toBeLessThan(20_000);
  });

  it("gives one that shows nothing, or may not be read, two seconds", async () => {
    for (const shows of [() => ok(undefined), () => failed("denied")]) {
      const { ms, told } = await announceWhile(shows);
      expect(told).toEqual(ok(undefined));
      expect(ms).toBeLessThan(3_000);
    }
  });

  it("isn't done where Consul went away after it: the catalog may show the former one when it is back", async () => {
    const { ms, told } = await announceWhile(() => failed("unreachable"));
    expect(told).toEqual(err({ message: expect.stringContaining("Consul can't be reached") as string, isPassing: true }));
    expect(ms).toBeLessThan(3_000);
  });

  it("survives a moment without Consul", async () => {
    expect((await announceWhile((elapsed) => (elapsed < 1_000 ? failed("unreachable") : at(2)))).told).toEqual(ok(undefined));
  });

  it("goes on at once when it is shown", async () => {
    expect(await announceWhile(() => at(2))).toEqual({ told: ok(undefined), ms: 0 });
  });
});

describe("a catalog that may have been put back", () => {
  const settings = { tags: [], meta: {}, check: false as const };
  let over: AbortController;
  let asked: string[];
  /** What clients are told: Consul's agent tells it what is new to it, unless that is switched off, and believes it to be there from then on. */
  let told: ServiceRegistration | undefined;
  let store: MemoryStore;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    over = new AbortController();
    asked = [];
    told = undefined;
    store = createMemoryStore();
  });
  afterEach(() => {
    over.abort();
    vi.useRealTimers();
  });

  function catalog(): Catalog {
    const own = store.catalog;
    return {
      ...own,
      async register(registration) {
        const former = await own.read(registration.id);
        const isNew = !former.ok || former.value?.port !== registration.port || JSON.stringify(former.value?.meta) !== JSON.stringify(registration.meta);
        if (isNew) told = registration;
        asked.push(isNew ? "register" : "register the same");
        return own.register(registration);
      },
      async read(id) {
        asked.push("read");
        return own.read(id);
      },
      async healthyInstance() {
        asked.push("catalog");
        return ok(told === undefined ? undefined : { id: told.id, node: "n", address: "127.0.0.1", port: told.port ?? 0, tags: [], meta: told.meta });
      },
    };
  }

  async function announced() {
    const registration = createRegistration({ store: { ...store, catalog: catalog() }, clock: systemClock, settings, service: "shop", instance: "shop-1", track: "stable", isRouted: false, onFault: () => undefined });
    void registration.run(over.signal);
    expect(await registration.announce({ version: "1.0.0", port: 1 })).toEqual(ok(undefined));
    const former = told;
    expect(await registration.announce({ version: "2.0.0", port: 2 })).toEqual(ok(undefined));
    await vi.advanceTimersByTimeAsync(2_000);
    asked.length = 0;
    return { registration, former };
  }

  it("is looked at, and told nothing where it shows what it was told", async () => {
    const { registration } = await announced();
    registration.doubt();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked).toEqual(["read", "catalog"]);
  });

  it("is told anew where it shows the former place, and looked at once more", async () => {
    const { former, registration } = await announced();
    told = former;
    registration.doubt();
    await vi.advanceTimersByTimeAsync(0);
    expect(told?.port).toBe(2);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked).toEqual(["read", "catalog", "read", "register", "read", "catalog"]);
  });

  it("is told anew, once, where it shows nothing that passes", async () => {
    const { registration } = await announced();
    told = undefined;
    registration.doubt();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(told).toMatchObject({ port: 2 });
    expect(asked).toEqual(["read", "catalog", "read", "register"]);
  });

  it("is asked no more than once a second, however often it is doubted", async () => {
    const { registration } = await announced();
    for (let at = 0; at < 100; at += 1) {
      registration.doubt();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked.filter((question) => question === "catalog").length).toBeLessThanOrEqual(11);
  });

  it("is told anew while an announcement waits for it", async () => {
    const { former, registration } = await announced();
    told = former;
    await store.catalog.register({ ...(await lastTold()), port: 3, meta: { version: "3.0.0", track: "stable", rollpin: "1" } });
    const announcing = registration.announce({ version: "3.0.0", port: 3 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await announcing).toEqual(ok(undefined));
    expect(told?.port).toBe(3);
    expect(asked).toContain("register the same");
  });

  async function lastTold(): Promise<ServiceRegistration> {
    const read = await store.catalog.read("shop-1");
    if (!read.ok || read.value === undefined) throw new Error("it was registered");
    return read.value;
  }
});

describe("an instance that can't read its data", () => {
  const settings = { tags: [], meta: {}, check: false as const };
  const why = "an operation migrates it";
  let over: AbortController;
  let store: MemoryStore;
  /** What was done, in order, with what clients could find after it. */
  let done: string[];
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    over = new AbortController();
    store = createMemoryStore();
    done = [];
  });
  afterEach(() => {
    over.abort();
    vi.useRealTimers();
  });

  const found = async (): Promise<string> => {
    const healthy = await store.catalog.healthy("shop");
    return healthy.ok ? healthy.value.endpoints.map(({ meta, port }) => `${meta["version"]} at ${port}`).join() : "";
  };
  async function announced(isRouted = false) {
    const own = store.catalog;
    const noted = async <T>(what: string, act: Promise<T>): Promise<T> => {
      const outcome = await act;
      done.push(`${what}: ${await found()}`);
      return outcome;
    };
    const catalog: Catalog = { ...own, register: (registration, options) => noted("register", own.register(registration, options)), maintain: (id, reason) => noted(reason === undefined ? "end" : "maintain", own.maintain(id, reason)) };
    const registration = createRegistration({ store: { ...store, catalog }, clock: systemClock, settings, service: "shop", instance: "shop-1", track: "stable", isRouted, onFault: () => undefined });
    void registration.run(over.signal);
    expect(await registration.announce({ version: "2.0.0", port: 1 })).toEqual(ok(undefined));
    registration.takeOff((version) => (version === "2.0.0" ? why : undefined));
    await vi.advanceTimersByTimeAsync(0);
    return registration;
  }
  const reason = async () => {
    const read = await store.catalog.maintenance("shop-1");
    return read.ok ? read.value : read.fault.kind;
  };
  const seen = async () => {
    const read = await store.catalog.instances("shop");
    return read.ok ? read.value.endpoints.map(({ keptBack, passing }) => ({ keptBack, passing })) : [];
  };

  it("is in maintenance, passes for nobody, and comes back where that ends", async () => {
    const registration = await announced();
    expect([await found(), await reason(), await seen()]).toEqual(["", `rollpin: ${why}`, [{ keptBack: false, passing: false }]]);
    registration.takeOff(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect([await found(), await reason()]).toEqual(["2.0.0 at 1", undefined]);
  });

  it("is never found as what it was, once it runs another version", async () => {
    const registration = await announced();
    done.length = 0;
    expect(await registration.announce({ version: "1.0.0", port: 2 })).toEqual(ok(undefined));
    expect(done).toEqual(["register: ", "end: 1.0.0 at 2", "register: 1.0.0 at 2"]);
  });

  it("passes for no router from its first moment on, where it starts so", async () => {
    const own = store.catalog;
    const passed: boolean[] = [];
    const catalog: Catalog = {
      ...own,
      async register(registration, options) {
        const outcome = await own.register(registration, options);
        passed.push(...(await seen()).map(({ passing }) => passing));
        return outcome;
      },
    };
    const registration = createRegistration({ store: { ...store, catalog }, clock: systemClock, settings, service: "shop", instance: "shop-1", track: "stable", isRouted: false, onFault: () => undefined });
    registration.takeOff(() => why);
    await registration.announce({ version: "2.0.0", port: 1 });
    expect([passed, await found()]).toEqual([[false], ""]);
  });

  it("is left in a person's maintenance, and that isn't ended", async () => {
    const registration = await announced();
    await store.catalog.maintain("shop-1", undefined);
    await store.catalog.maintain("shop-1", "by hand");
    registration.takeOff(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect([await found(), await reason()]).toEqual(["", "by hand"]);
  });

  it("stays as it is where its agent starts anew and nobody has told it yet, and where routes keep it back besides", async () => {
    await announced();
    over.abort();
    over = new AbortController();
    const next = createRegistration({ store, clock: systemClock, settings, service: "shop", instance: "shop-1", track: "stable", isRouted: true, onFault: () => undefined });
    void next.run(over.signal);
    await next.announce({ version: "2.0.0", port: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect([await found(), await seen()]).toEqual(["", [{ keptBack: false, passing: false }]]);
    next.ask({ loadOf: () => ({ weight: 1, isKeptBack: true, tags: [] }), onAnnounced: () => undefined });
    await vi.advanceTimersByTimeAsync(0);
    expect(await seen()).toEqual([{ keptBack: true, passing: false }]);
    next.takeOff(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect([await seen(), await reason()]).toEqual([[{ keptBack: true, passing: true }], "rollpin: the routes of shop send nothing to 2.0.0"]);
  });
});
