import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Adopter, createAdopter } from "../../../agent/adopt-flips.ts";
import { createIntentResolver } from "../../../agent/loop/resolve-intent.ts";
import { systemClock } from "../../../core/clock.ts";
import { type MemoryStore, createMemoryStore } from "../../../core/store/memory.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import { until } from "../../support/until.ts";
import { type Operator, createOperator, must } from "../operations/operator.ts";

let store: MemoryStore;
let alice: Operator;
let over: AbortController;
let adopter: Adopter;
let faults: string[];

beforeEach(async () => {
  store = createMemoryStore();
  alice = createOperator(store, "alice");
  for (const [version, writes] of [["1.0.0", 7], ["2.0.0", 8]] as const) expect(await registerRelease(store, "shop", { version, schema: { writes } }, { by: "alice", now: Date.now() })).toMatchObject({ ok: true });
  must(await alice.pin("shop", "1.0.0"));
  over = new AbortController();
  faults = [];
  adopter = createAdopter({ store, clock: systemClock, random: () => 0, service: "shop", instance: "shop-1", canObey: () => true, planSuffix: () => "aaaaaa", onAdopted: () => undefined, onFault: (fault) => void faults.push(fault.kind) });
  void adopter.run(over.signal);
});
afterEach(() => over.abort());

/** As this agent's watch tells it. */
async function flip(pin: string): Promise<void> {
  const entry = await store.get("desired/shop/pin");
  if (!entry.ok || entry.value === undefined) throw new Error("there is no pin");
  await store.transact([{ kind: "replace", key: "desired/shop/pin", value: pin, modifyIndex: entry.value.modifyIndex }]);
  const listed = await store.list("desired/shop/");
  if (!listed.ok) throw new Error(listed.fault.kind);
  const resolved = await createIntentResolver(store, { service: "shop", track: "stable", localVersion: undefined }).resolve(listed.value.entries, undefined, over.signal);
  if (!resolved.ok || resolved.value.flips === undefined) throw new Error("there is no flip");
  adopter.consider(resolved.value.flips);
}

describe("a hand's flip that an agent writes into history", () => {
  it("says which schema the data is at from then on, and keeps that over a flip back", async () => {
    await flip("2.0.0");
    const head = async () => (await alice.facts("shop")).head?.value;
    await until("it is in history", async () => (await head())?.revision === 2);
    expect(await head()).toMatchObject({ schema: 8, by: "external" });
    await flip("1.0.0");
    await until("it is in history", async () => (await head())?.revision === 3);
    expect([(await head())?.schema, faults]).toEqual([8, []]);
  });
});
