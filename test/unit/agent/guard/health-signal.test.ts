import { pino } from "pino";
import { expect, test } from "vitest";
import type { SignalDeps } from "../../../../agent/guard/signal.ts";
import { openHealthSignal } from "../../../../agent/guard/signals/health-signal.ts";
import { systemClock } from "../../../../core/clock.ts";
import { healthSignalSchema } from "../../../../core/config/signals/health.ts";
import { createMemoryWorld } from "../../../../core/store/memory.ts";
import { instanceOf } from "../../decide/facts.ts";

const SUSPECT = { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.0.0", since: "2026-03-01T00:00:00.000Z" };
const never = new AbortController().signal;

test("it reads what agents wrote of their instances", async () => {
  const store = createMemoryWorld().client();
  const deps: SignalDeps = { service: "checkout", name: "health", judge: { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } }, store, clock: systemClock, random: () => 0, watches: true, log: pino({ level: "silent" }), news: () => undefined };
  const signal = openHealthSignal(healthSignalSchema.parse({ health: {} }).health, deps);
  expect(await signal.read(SUSPECT, never)).toMatchObject({ says: "no-data", summary: "no live instance of checkout on track stable runs 2.0.0 or tried to" });
  const session = await store.sessions.create({ name: "agent", ttlMs: 10_000 });
  const { record } = instanceOf({ instance: "one", version: "2.0.0", status: "stalled", reason: { code: "crash-loop", message: "it crashed 6 times" } });
  await store.transact([{ kind: "lock", key: "instances/checkout/one", value: JSON.stringify(record), session: session.ok ? session.value : "" }]);
  expect(await signal.read(SUSPECT, never)).toMatchObject({ says: "bad", summary: "1 of 1 instances of checkout with 2.0.0 are not well (100%, 1 in a crash loop): one crash-loop" });
  await signal.close();
});

test("settings are checked, and have defaults", () => {
  expect(healthSignalSchema.parse({ health: {} })).toEqual({ health: { crashLoops: 1, failing: 0.3, lasting: 5_000 } });
  expect(healthSignalSchema.parse({ health: { crashLoops: 3, failing: "12.5%", lasting: "1m" } })).toEqual({ health: { crashLoops: 3, failing: 0.125, lasting: 60_000 } });
  for (const bad of [{ failing: "101%" }, { failing: 0.3 }, { crashLoops: 0 }, { lasting: "2d" }, { other: 1 }]) expect(healthSignalSchema.safeParse({ health: bad }).success).toBe(false);
});
