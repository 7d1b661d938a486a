import { afterEach, beforeEach, expect, it } from "vitest";
import { pino } from "pino";
import { openTrafficSignal } from "../../../../agent/guard/signals/traffic-signal.ts";
import type { Signal, Suspect } from "../../../../agent/guard/signal.ts";
import { systemClock } from "../../../../core/clock.ts";
import type { RouterRecord } from "../../../../core/model/router-records.ts";
import { routerKey } from "../../../../core/store/keys.ts";
import { type MemoryStore, createMemoryWorld } from "../../../../core/store/memory.ts";
import { until } from "../../../support/until.ts";

const SUSPECT: Suspect = { service: "shop", track: "canary", version: "2.0.0", baseline: "1.0.0", since: "2026-11-30T10:00:00.000Z" };
const JUDGE = { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } };

let store: MemoryStore;
let news: number;
let signal: Signal;
let session: string;

beforeEach(async () => {
  [store, news] = [createMemoryWorld().client(), 0];
  const made = await store.sessions.create({ name: "router", ttlMs: 10_000 });
  session = made.ok ? made.value : "";
  signal = openTrafficSignal({ compare: ["errors"] }, { service: "shop", name: "traffic", judge: JUDGE, store, clock: systemClock, random: Math.random, log: pino({ level: "silent" }), watches: true, news: () => (news += 1) });
});
afterEach(() => signal.close());

/** As a router tells it. */
async function told(requests: number, errors: number, digest = "d"): Promise<void> {
  const record: RouterRecord = { service: "shop", router: "edge-1", kind: "proxy", status: "in-sync", revision: 1, digest, seen: 1, split: [], notes: [], instances: 2, versions: ["1.0.0", "2.0.0"], instance: "edge-1", listen: "127.0.0.1:1", agent: { version: "0.1.0", startedAt: "2026-11-30T10:00:00.000Z" }, at: "2026-11-30T10:00:00.000Z", traffic: { now: { "1.0.0": { requests, errors: 0 }, "2.0.0": { requests, errors } }, before: {} } };
  const written = await store.transact([{ kind: "lock", key: routerKey("shop", "edge-1"), value: JSON.stringify(record), session }]);
  expect(written.ok).toBe(true);
}

const says = async (): Promise<string> => (await signal.read(SUSPECT, AbortSignal.timeout(1_000))).says;
const toldTimes = (times: number): Promise<boolean> => until(`news is told ${times} times`, () => news >= times, { deadlineMs: 2_000, everyMs: 2 });

it("is news where another verdict comes of it, and where another split is followed; what only counts on is none", async () => {
  await told(10, 0);
  await toldTimes(1);
  expect(await says()).toBe("no-data");
  await told(20, 0);
  await told(200, 0);
  await toldTimes(2);
  expect(await says()).toBe("good");
  await told(300, 0);
  await told(400, 0);
  await told(500, 60);
  await toldTimes(3);
  expect(news).toBe(3);
  expect(await says()).toBe("bad");
  await told(500, 60, "e");
  await toldTimes(4);
});
