/** What a policy may ask for besides a rollback of one service, by the guard's look on a real Consul: shift, failover, and a group that no one transaction holds. */
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLook } from "../../../agent/guard/look.ts";
import { systemClock } from "../../../core/clock.ts";
import { parsePolicy } from "../../../core/config/parse-policy.ts";
import { planRoutes } from "../../../core/decide/plans/plan-routes.ts";
import type { GuardAction } from "../../../core/model/guard-records.ts";
import type { Reading, Suspect } from "../../../core/model/reading.ts";
import { gatherTraffic } from "../../../core/operations/gather-traffic.ts";
import { readGuardActions } from "../../../core/operations/guard/read-actions.ts";
import { breakLock } from "../../../core/operations/journal/hold-operation.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import type { Store } from "../../../core/store/port.ts";
import { storeAt } from "../../contract/world.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { isDeath, mortal } from "../../unit/operations/mortal-store.ts";
import { type Operator, createOperator, describeBrokenHistory, must } from "../../unit/operations/operator.ts";

const WELL: Reading = { says: "good", summary: "all of them are well", evidence: [] };
const BAD: Reading = { says: "bad", summary: "half of them crash", alike: false, evidence: [] };

let consul: ConsulServer;
const open: Store[] = [];
beforeAll(async () => {
  consul = await startConsul();
});
afterAll(async () => {
  for (const store of open) store.close();
  await consul.stop();
});

async function connect(prefix: string): Promise<Store> {
  const store = await storeAt({ address: consul.address }, { prefix });
  open.push(store);
  return store;
}

interface Guard {
  /** Looks until nothing more is to be done now. */
  settle(): Promise<void>;
  /** As Consul does once it has died. */
  bury(): Promise<void>;
}

/** Whoever leads, with a signal that says bad of 2.0.0. */
async function guardOf(store: Store, service: string, strategy: string, own: Store = store): Promise<Guard> {
  const made = await store.sessions.create({ name: "guard", ttlMs: 60_000 });
  const session = made.ok ? made.value : "";
  const taken = await store.transact([{ kind: "lock", key: `locks/guard/${service}`, value: JSON.stringify({ leader: "one" }), session }]);
  const policy = parsePolicy(`signals: {health: {health: {}}}\nstrategy: [${strategy}]\n`, "policy");
  if (!taken.ok || !policy.ok) throw new Error(JSON.stringify([taken, policy]));
  const nothing = (): void => undefined;
  let plans = 0;
  const look = createLook({
    store: own, clock: systemClock, random: Math.random, log: pino({ level: "silent" }), service, by: "one", session: () => session, watches: false,
    sources: { prometheus: undefined, alertmanager: undefined, records: undefined, audit: undefined, close: () => Promise.resolve() },
    planSuffix: () => `${(plans += 1) + 1}`.padStart(6, "a"), onAction: nothing, retell: nothing, told: undefined, onLook: nothing, onVerdict: nothing, onFault: nothing,
  });
  const input = { policy: { policy: policy.value, text: "", digest: "d", fault: undefined }, session, signals: new Map([["health", { read: ({ version }: Suspect) => Promise.resolve(version === "2.0.0" ? BAD : WELL), close: () => Promise.resolve() }]]) };
  return {
    async settle() {
      for (let looks = 0; looks < 10; looks += 1) if ((await look(input, new AbortController().signal)) !== "again") return;
    },
    async bury() {
      await store.sessions.destroy(session);
    },
  };
}

async function actionsOf(store: Store, service: string): Promise<readonly GuardAction[]> {
  const read = await readGuardActions(store, service, new AbortController().signal);
  return read.ok ? read.value.good.toReversed() : [];
}

/** On a good release, then moved to a bad one. */
async function moved(alice: Operator, service: string, track = "stable"): Promise<void> {
  await alice.register(service, "1.0.0", "2.0.0");
  must(await alice.pin(service, "1.0.0"));
  must(await alice.judge(service, "1.0.0", "good"));
  must(await alice.pin(service, "2.0.0", { track }));
}

/** An instance that passes. */
async function runs(store: Store, service: string, track: string, version: string): Promise<void> {
  const done = await store.catalog.register({ id: `${service}-${track}`, service, port: 80, tags: [], meta: { version, track } });
  if (!done.ok) throw new Error(JSON.stringify(done.fault));
}

async function routed(store: Store, alice: Operator, service: string, text: string): Promise<void> {
  const traffic = await gatherTraffic(store, await alice.facts(service), { signal: new AbortController().signal });
  if (!traffic.ok || traffic.value === undefined) throw new Error(JSON.stringify(traffic));
  const seen = new Map([[service, traffic.value]]);
  must(await alice.change([service], ([facts], context) => planRoutes(facts ?? fail("no facts"), { service, text, override: false }, { ...context, traffic: seen })));
}

function fail(why: string): never {
  throw new Error(why);
}

const routesOf = async (alice: Operator, service: string): Promise<string | undefined> => (await alice.facts(service)).accepted.routes?.replaceAll(/\s+/g, " ").trim();

describe("traffic", () => {
  it("is shifted off what stable was moved to, to what it was before, where that runs", async () => {
    const store = await connect("shift");
    const alice = createOperator(store);
    await moved(alice, "shop");
    const guard = await guardOf(store, "shop", "{do: shift}");
    await guard.settle();
    expect(await actionsOf(store, "shop")).toMatchObject([{ deed: "shift", outcome: "refused", why: expect.stringContaining("1.0.0 of shop has no passing instance") as string }]);
    await runs(store, "shop", "early", "1.0.0");
    await guard.settle();
    expect((await actionsOf(store, "shop"))[1]).toMatchObject({ deed: "shift", outcome: "done", services: { shop: 3 } });
    const { accepted, history } = await alice.facts("shop");
    expect([accepted.pins, await routesOf(alice, "shop"), history[0]]).toMatchObject([{ stable: "2.0.0" }, "split: {1.0.0: 100, pin: 0}", { by: "guard", kind: "shift" }]);
  });

  it("is shifted off another track, back to the pin", async () => {
    const store = await connect("unshift");
    const alice = createOperator(store);
    await moved(alice, "shop", "canary");
    await runs(store, "shop", "canary", "2.0.0");
    await routed(store, alice, "shop", "split: {2.0.0: 20, pin: 80}\n");
    await (await guardOf(store, "shop", "{do: shift}")).settle();
    expect((await actionsOf(store, "shop")).at(0)).toMatchObject({ deed: "shift", outcome: "done", suspect: { track: "canary" } });
    expect(await routesOf(alice, "shop")).toBeUndefined();
  });

  it.each([["the track that the routes name", "failover: {to: track:backup}\n", "{do: failover}", "track:backup"], ["the service that the policy names", undefined, "{do: failover, to: shop-backup}", "shop-backup"]])("fails over to %s, where that runs", async (_, routes, strategy, to) => {
    const store = await connect(`failover-${to.replace(":", "-")}`);
    const alice = createOperator(store);
    await moved(alice, "shop");
    must(await alice.pin("shop", "1.0.0", { track: "backup" }));
    await runs(store, "shop", "backup", "1.0.0");
    await runs(store, "shop-backup", "stable", "1.0.0");
    if (routes !== undefined) await routed(store, alice, "shop", routes);
    await (await guardOf(store, "shop", strategy)).settle();
    expect(await actionsOf(store, "shop")).toMatchObject([{ deed: "failover", outcome: "done" }]);
    const { history } = await alice.facts("shop");
    expect([history[0], await routesOf(alice, "shop")]).toMatchObject([{ by: "guard", kind: "failover" }, expect.stringMatching(new RegExp(`to: ${to}.*active: true`))]);
  });
});

/** With the front service too many for one transaction. */
const DEPENDENCIES = Array.from({ length: 17 }, (_, place) => `part-${place + 1}`);
const GROUP = ["front", ...DEPENDENCIES];

/** Each release of the front needs the parts' of the same age. */
async function makeGroup(store: Store): Promise<Operator> {
  const alice = createOperator(store);
  const release = async (service: string, version: string): Promise<void> => {
    const requires = service === "front" ? Object.fromEntries(DEPENDENCIES.map((name) => [name, `^${version}`])) : undefined;
    const done = await registerRelease(store, service, { version, ...(requires === undefined ? {} : { requires }) }, { by: "alice", now: Date.now() });
    if (!done.ok) throw new Error(JSON.stringify(done.fault));
  };
  for (const service of [...DEPENDENCIES, "front"]) {
    for (const version of ["1.0.0", "2.0.0"]) await release(service, version);
    must(await alice.pin(service, "1.0.0"));
    must(await alice.judge(service, "1.0.0", "good"));
    must(await alice.pin(service, "2.0.0"));
  }
  return alice;
}

async function expectGoneBack(store: Store, alice: Operator): Promise<void> {
  const actions = await actionsOf(store, "front");
  expect(actions.filter(({ deed }) => deed === "rollback")).toMatchObject([{ outcome: "done", plan: expect.any(String) as string }]);
  expect(Object.keys(actions[0]?.services ?? {}).sort()).toEqual(GROUP.toSorted());
  for (const service of GROUP) {
    const facts = await alice.facts(service);
    expect([service, facts.accepted.pins, facts.head?.value.operation, facts.history.filter(({ by }) => by === "guard").length]).toEqual([service, { stable: "1.0.0" }, undefined, 1]);
    expect(describeBrokenHistory(facts)).toEqual({ ok: true, value: undefined });
  }
}

describe("a group of 18 services goes back together, step by step", () => {
  it("once, and as one change", { timeout: 60_000 }, async () => {
    const store = await connect("group");
    const alice = await makeGroup(store);
    await (await guardOf(store, "front", "{do: rollback}")).settle();
    await expectGoneBack(store, alice);
  });

  it.each([[2, "before"], [3, "after"], [4, "before"], [5, "after"], [7, "before"], [8, "after"]] as const)("and is finished by the guard that takes over when this one is killed at its transaction %i, %s", { timeout: 60_000 }, async (at, when) => {
    const store = await connect(`group-${at}-${when}`);
    const alice = await makeGroup(store);
    const dies = await guardOf(store, "front", "{do: rollback}", mortal(store, at, when));
    expect(await dies.settle().then(() => false, isDeath)).toBe(true);
    await dies.bury();
    const [action] = await actionsOf(store, "front");
    if (action?.plan !== undefined) await breakLock(store, action.plan);
    await (await guardOf(store, "front", "{do: rollback}")).settle();
    await expectGoneBack(store, alice);
  });
});
