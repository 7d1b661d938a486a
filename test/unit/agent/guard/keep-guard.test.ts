import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GuardKeeper, keepGuard } from "../../../../agent/guard/keep-guard.ts";
import { systemClock } from "../../../../core/clock.ts";
import type { StoreFault } from "../../../../core/model/fault.ts";
import { err } from "../../../../core/model/result.ts";
import { guardLockKey, guardStateKey, policyKey } from "../../../../core/store/keys.ts";
import { type MemoryWorld, createMemoryWorld } from "../../../../core/store/memory.ts";
import type { Store } from "../../../../core/store/port.ts";
import { until } from "../../../support/until.ts";
import { createOperator, must } from "../../operations/operator.ts";

const SLOW: StoreFault = { kind: "timeout", operation: "get", afterMs: 10_000 };
/** Nothing but a fault can be what a second look comes from. */
const POLICY = "every: 10m\nsignals: {health: {health: {}}}\nstrategy: [{do: rollback}]\n";

let over: AbortController;
let keeper: GuardKeeper;
let ended: Promise<void> | undefined;
let reads: Map<string, number>;
let failing: Map<string, number>;
let world: MemoryWorld;

/** Answers the first so many reads of a key with a fault. */
function troubled(store: Store): Store {
  return {
    ...store,
    get: (key, options) => {
      reads.set(key, (reads.get(key) ?? 0) + 1);
      const left = failing.get(key) ?? 0;
      failing.set(key, left - 1);
      return left > 0 ? Promise.resolve(err(SLOW)) : store.get(key, options);
    },
  };
}

beforeEach(async () => {
  [over, reads, failing] = [new AbortController(), new Map(), new Map()];
  world = createMemoryWorld();
  const alice = createOperator(world.client());
  await alice.register("checkout", "1.0.0");
  must(await alice.pin("checkout", "1.0.0"));
  await world.client().transact([{ kind: "create", key: policyKey("checkout"), value: POLICY }]);
  const store = troubled(world.client());
  const made = await store.sessions.create({ name: "guard", ttlMs: 10_000 });
  const session = made.ok ? made.value : "";
  keeper = keepGuard({
    store, clock: systemClock, random: Math.random, log: pino({ level: "silent" }), service: "checkout", by: "one", session: () => session, watches: true,
    sources: { prometheus: undefined, alertmanager: undefined, records: undefined, audit: undefined, close: () => Promise.resolve() },
    planSuffix: () => "aaaaaa", onAction: () => undefined, retell: () => undefined, told: undefined, onLook: () => undefined, onVerdict: () => undefined, onFault: () => undefined,
  });
});
afterEach(async () => {
  over.abort();
  await ended;
});

const seen = (key: string, times: number): Promise<boolean> => until(`${key} is read ${times} times`, () => (reads.get(key) ?? 0) >= times, { deadlineMs: 2_000, everyMs: 5 });

describe("a guard whose Consul fails for a moment looks again at once, and not after a whole `every`", () => {
  it.each([["the policy", policyKey("checkout"), 3], ["who leads", guardLockKey("checkout"), 2], ["what it did before", guardStateKey("checkout"), 3]] as const)("%s", async (_, key, times) => {
    failing.set(key, times);
    ended = keeper.run(over.signal);
    expect(await seen(key, times + 1)).toBe(true);
  });
});

it("a policy that is another one is gone by at once", async () => {
  ended = keeper.run(over.signal);
  await seen(guardStateKey("checkout"), 2);
  const looks = reads.get(guardStateKey("checkout")) ?? 0;
  const stands = await world.client().get(policyKey("checkout"));
  await world.client().transact([{ kind: "replace", key: policyKey("checkout"), value: `${POLICY}dryRun: true\n`, modifyIndex: stands.ok ? (stands.value?.modifyIndex ?? 0) : 0 }]);
  expect(await seen(guardStateKey("checkout"), looks + 1)).toBe(true);
  expect(await until("it stands in the state", async () => {
    const state = await world.client().get(guardStateKey("checkout"));
    return state.ok && Buffer.from(state.value?.value ?? "").toString().includes('"dryRun":true');
  }, { deadlineMs: 2_000, everyMs: 5 })).toBe(true);
});
