import { describe, expect, test } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { ok } from "../../../core/model/result.ts";
import { createMemoryWorld } from "../../../core/store/memory.ts";
import type { EndpointReading } from "../../../core/store/port.ts";
import { watchEndpoints, watchFolder } from "../../../core/store/watch.ts";
import { instantClock } from "./instant-clock.ts";
import { type Step, fault, reading, scriptedStore } from "./scripted-store.ts";

interface Heard {
  readonly asked: readonly string[];
  /** `a/pin=1` of each reading, `!denied` of each fault. */
  readonly heard: readonly string[];
  readonly alive: number;
  readonly since: readonly number[];
  readonly slept: readonly number[];
  /** `79 to 27` */
  readonly setBack: readonly string[];
  readonly breaks: number;
}

async function play(steps: readonly Step[]): Promise<Heard> {
  const ending = new AbortController();
  const clock = instantClock();
  const { store, asked } = scriptedStore(steps, { end: () => ending.abort(), advance: (ms) => clock.advance(ms) });
  const heard: string[] = [];
  const since: number[] = [];
  const setBack: string[] = [];
  let alive = 0;
  let breaks = 0;
  await watchFolder(
    store,
    "a/",
    {
      onReading: ({ entries }) => heard.push(entries.map(({ key, value }) => `${key}=${Buffer.from(value).toString()}`).join(" ")),
      onFault: ({ kind }, ms) => {
        heard.push(`!${kind}`);
        since.push(ms);
      },
      onAlive: () => (alive += 1),
      onSetBack: (before, now) => setBack.push(`${before} to ${now}`),
      onBreak: () => (breaks += 1),
    },
    { clock, random: () => 0.5, signal: ending.signal },
  );
  return { asked: asked.slice(0, steps.length), heard, alive, since, slept: clock.slept, setBack, breaks };
}

const PIN = { "a/pin": "1" };
const BOTH = { "a/head": "h", "a/pin": "1" };

describe("what is believed", () => {
  type Case = readonly [name: string, steps: readonly Step[], asked: readonly string[], heard: readonly string[]];
  const CASES: readonly Case[] = [
    ["an index that advanced, without another look", [{ block: reading(5, PIN) }, { block: reading(6, { "a/pin": "2" }) }], ["block 0 consistent", "block 5"], ["a/pin=1", "a/pin=2"]],
    ["a wait that ended: looked at again, delivered once", [{ block: reading(5, PIN) }, { block: reading(5, PIN) }, { list: reading(5, PIN) }], ["block 0 consistent", "block 5", "list consistent"], ["a/pin=1"]],
    [
      "a lower index: what the leader has, and its index from then on",
      [{ block: reading(79, PIN) }, { block: reading(79, PIN) }, { list: reading(27, { "a/pin": "0" }) }, { block: reading(28, { "a/pin": "3" }) }],
      ["block 0 consistent", "block 79", "list consistent", "block 27"],
      ["a/pin=1", "a/pin=0", "a/pin=3"],
    ],
    ["an absent index: polled, each time looked at again", [{ block: reading(0, PIN, 5) }, { list: reading(0, PIN, 5) }, { block: reading(0, PIN, 5) }, { list: reading(0, PIN, 5) }], ["block 0 consistent", "list consistent", "block 0 consistent", "list consistent"], ["a/pin=1"]],
    [
      "emptiness that isn't: an election's",
      [{ block: reading(5, PIN) }, { block: reading(6, {}) }, { list: reading(6, PIN, 5) }],
      ["block 0 consistent", "block 5", "list consistent"],
      ["a/pin=1"],
    ],
    [
      "emptiness that is",
      [{ block: reading(5, PIN) }, { block: reading(6, {}) }, { list: reading(6, {}) }, { get: ok(undefined) }],
      ["block 0 consistent", "block 5", "list consistent", "get a/pin"],
      ["a/pin=1", ""],
    ],
    [
      "emptiness of a token that lost its right",
      [{ block: reading(5, PIN) }, { block: reading(6, {}) }, { list: reading(6, {}) }, { get: fault("denied") }, { block: reading(5, PIN) }],
      ["block 0 consistent", "block 5", "list consistent", "get a/pin", "block 0 consistent"],
      ["a/pin=1", "!denied"],
    ],
    ["emptiness of a token that never had it", [{ block: reading(6, {}) }, { list: reading(6, {}) }, { get: fault("denied") }], ["block 0 consistent", "list consistent", "get a/head"], ["!denied"]],
    ["an empty folder from the start", [{ block: reading(6, {}) }, { list: reading(6, {}) }, { get: ok(undefined) }], ["block 0 consistent", "list consistent", "get a/head"], [""]],
    [
      "a key that is gone, the rest being there",
      [{ block: reading(5, BOTH) }, { block: reading(6, { "a/head": "h" }) }, { list: reading(6, { "a/head": "h" }) }, { get: ok(undefined) }],
      ["block 0 consistent", "block 5", "list consistent", "get a/pin"],
      ["a/head=h a/pin=1", "a/head=h"],
    ],
    [
      "a key that only this token can't see any more",
      [{ block: reading(5, BOTH) }, { block: reading(6, { "a/head": "h" }) }, { list: reading(6, { "a/head": "h" }) }, { get: fault("denied") }],
      ["block 0 consistent", "block 5", "list consistent", "get a/pin"],
      ["a/head=h a/pin=1", "!denied"],
    ],
    ["a second look that fails is a fault, not emptiness", [{ block: reading(5, PIN) }, { block: reading(6, {}) }, { list: fault("no-leader") }, { block: reading(7, PIN, 5) }], ["block 0 consistent", "block 5", "list consistent", "block 0 consistent"], ["a/pin=1", "!no-leader"]],
    ["A, B, A: the index tells", [{ block: reading(5, PIN) }, { block: reading(9, PIN) }], ["block 0 consistent", "block 5"], ["a/pin=1", "a/pin=1"]],
    ["after a fault: from the start, and the same again is not news", [{ block: reading(5, PIN) }, { block: fault("unreachable") }, { block: reading(5, PIN) }], ["block 0 consistent", "block 5", "block 0 consistent"], ["a/pin=1", "!unreachable"]],
  ];
  test.each(CASES)("%s", async (_name, steps, asked, heard) => {
    const seen = await play(steps);
    expect(seen.asked).toEqual(asked);
    expect(seen.heard).toEqual(heard);
  });

  test("an index far above, as another Consul's behind the same address: it is left as soon as the wait ends, and named", async () => {
    const steps: readonly Step[] = [{ block: reading(5, PIN) }, { block: reading(90_000, PIN, 5) }, { block: reading(7, { "a/pin": "2" }), takesMs: 32_000 }, { list: reading(7, { "a/pin": "2" }) }, { block: reading(8, { "a/pin": "3" }) }];
    const { asked, heard, setBack } = await play(steps);
    expect(asked).toEqual(["block 0 consistent", "block 5", "block 90000", "list consistent", "block 7"]);
    expect(heard).toEqual(["a/pin=1", "a/pin=2", "a/pin=3"]);
    expect(setBack).toEqual(["90000 to 7"]);
  });

  test("an answer without news counts as alive", async () => {
    expect((await play([{ block: reading(5, PIN) }, { block: reading(5, PIN) }, { list: reading(5, PIN) }])).alive).toBe(2);
  });
});

describe("Consul may have been put back to an older state", () => {
  type Case = readonly [name: string, steps: readonly Step[], breaks: number];
  const CASES: readonly Case[] = [
    ["not when it answers for the first time", [{ block: reading(5, PIN) }], 0],
    ["not when something changed, however soon", [{ block: reading(5, PIN) }, { block: reading(6, PIN), takesMs: 1 }], 0],
    ["not when a wait is over", [{ block: reading(5, PIN) }, { block: reading(5, PIN), takesMs: 30_000 }, { list: reading(5, PIN) }], 0],
    ["when a query is let go of before that", [{ block: reading(5, PIN) }, { block: reading(5, PIN), takesMs: 20_000 }, { list: reading(5, PIN) }], 1],
    ["and when something was changed just then", [{ block: reading(5, PIN) }, { block: reading(5, PIN), takesMs: 20_000 }, { list: reading(9, PIN) }], 1],
    ["when its index fell", [{ block: reading(5, PIN) }, { block: reading(3, PIN), takesMs: 30_000 }, { list: reading(3, PIN) }], 1],
    ["when it answers again", [{ block: reading(5, PIN) }, { block: fault("unreachable") }, { block: fault("unreachable") }, { block: reading(5, PIN) }], 1],
    ["not where it gives no index at all", [{ block: reading(0, PIN, 5) }, { list: reading(0, PIN, 5) }, { block: reading(0, PIN, 5) }, { list: reading(0, PIN, 5) }], 0],
  ];
  test.each(CASES)("%s", async (_name, steps, breaks) => {
    expect((await play(steps)).breaks).toBe(breaks);
  });
});

describe("faults and pace", () => {
  test("back off by doubling with full jitter up to a bound, and from the start after a success", async () => {
    const faults = Array.from({ length: 8 }, (): Step => ({ block: fault("unreachable"), takesMs: 1_000 }));
    const { slept, since } = await play([...faults, { block: reading(5, PIN), takesMs: 1_000 }, { block: fault("unreachable"), takesMs: 1_000 }]);
    expect(slept).toEqual([50, 100, 200, 400, 750, 750, 750, 750, 50]);
    expect(since.slice(0, 3)).toEqual([1_000, 2_050, 3_150]);
    expect(since.at(-1)).toBe(1_000);
  });

  test.each(["denied", "overloaded"] as const)("%s backs off further", async (kind) => {
    const { slept } = await play(Array.from({ length: 8 }, (): Step => ({ block: fault(kind), takesMs: 1_000 })));
    expect(slept.at(-1)).toBe(2_500);
  });

  test("a server that ignores the index gets at most 20 queries in any second", async () => {
    const rounds = Array.from({ length: 100 }, (): Step[] => [{ block: reading(5, PIN) }, { list: reading(5, PIN) }]).flat();
    const { slept, asked } = await play([{ block: reading(5, PIN) }, ...rounds]);
    const seconds = slept.reduce((sum, ms) => sum + ms, 0) / 1_000;
    expect((asked.length - 5) / seconds).toBeLessThanOrEqual(20);
    expect(seconds).toBeGreaterThan(10);
  });

  test("changes with time between them are never held up", async () => {
    const changes = Array.from({ length: 50 }, (_, at): Step => ({ block: reading(at + 5, { "a/pin": String(at) }), takesMs: 100 }));
    expect((await play(changes)).slept).toEqual([]);
  });

  test("three changes at once after a quiet time are not held up either", async () => {
    const { slept } = await play([{ block: reading(5, PIN) }, { block: reading(6, PIN), takesMs: 10_000 }, { block: reading(7, PIN), takesMs: 1 }, { block: reading(8, PIN), takesMs: 1 }]);
    expect(slept).toEqual([]);
  });
});

describe("endings", () => {
  const deps = (signal: AbortSignal) => ({ clock: systemClock, random: () => 0, signal });

  test("a listener that throws rejects the watch: the change is not lost in silence", async () => {
    const store = createMemoryWorld().client();
    store.putByHand("a/pin", "1");
    const bug = new Error("a bug in the listener");
    const watching = watchFolder(
      store,
      "a/",
      {
        onReading: () => {
          throw bug;
        },
        onFault: () => undefined,
      },
      deps(new AbortController().signal),
    );
    await expect(watching).rejects.toBe(bug);
  });

  test("the signal ends a parked watch, and so does closing the store", async () => {
    for (const end of ["signal", "close"] as const) {
      const store = createMemoryWorld().client();
      store.putByHand("a/pin", "1");
      const ending = new AbortController();
      const heard: string[] = [];
      const first = new Promise<void>((resolve) => {
        void watchFolder(store, "a/", { onReading: () => resolve(), onFault: ({ kind }) => heard.push(kind) }, deps(ending.signal)).then(() => heard.push("ended"));
      });
      await first;
      if (end === "signal") ending.abort();
      else store.close();
      await expect.poll(() => heard).toEqual(["ended"]);
    }
  });
});

describe("endpoints", () => {
  test("deliver each change of instances or of what they say of themselves, once", async () => {
    const world = createMemoryWorld();
    const store = world.client();
    const ending = new AbortController();
    const heard: EndpointReading[] = [];
    const watching = watchEndpoints(store, "web", { onReading: (one) => heard.push(one), onFault: () => undefined }, { clock: systemClock, random: () => 0, signal: ending.signal, waitMs: 50 });
    const versions = (): string[] => (heard.at(-1)?.endpoints ?? []).map((endpoint) => `${endpoint.id}@${endpoint.meta["version"] ?? ""}`);
    const register = (id: string, version: string) => store.catalog.register({ id, service: "web", meta: { version } });
    await register("w1", "1");
    await expect.poll(versions).toEqual(["w1@1"]);
    await register("w2", "1");
    await expect.poll(versions).toEqual(["w1@1", "w2@1"]);
    await register("w1", "2");
    await expect.poll(versions).toEqual(["w1@2", "w2@1"]);
    store.setPassing("w1", false);
    await expect.poll(versions).toEqual(["w2@1"]);
    await store.catalog.deregister("w2");
    await expect.poll(versions).toEqual([]);
    ending.abort();
    await watching;
  });
});
