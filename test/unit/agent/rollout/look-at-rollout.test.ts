/** A rollout from its first step to its end, on a store in memory, as the agents that guard take turns at it. */
import { beforeEach, describe, expect, test } from "vitest";
import { lookAtRollout } from "../../../../agent/rollout/look-at-rollout.ts";
import { createTelling } from "../../../../agent/guard/telling.ts";
import { createLogger } from "../../../../agent/log.ts";
import { type Clock, isoTime } from "../../../../core/clock.ts";
import { parsePolicy } from "../../../../core/config/parse-policy.ts";
import type { PlanContext } from "../../../../core/decide/plans/assemble-plan.ts";
import { planRoutes } from "../../../../core/decide/plans/plan-routes.ts";
import { findSuspects } from "../../../../core/decide/guard/find-suspects.ts";
import { type RolloutShape, rolloutSteps } from "../../../../core/decide/rollout/rollout-steps.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import type { GuardAction } from "../../../../core/model/guard-records.ts";
import type { Reading } from "../../../../core/model/reading.ts";
import type { Rollout } from "../../../../core/model/rollout.ts";
import { gatherFacts } from "../../../../core/operations/gather.ts";
import { readGuardState } from "../../../../core/operations/guard/guard-state.ts";
import { readGuardActions } from "../../../../core/operations/guard/read-actions.ts";
import { readRollout, replaceRollout } from "../../../../core/operations/rollout/rollout-record.ts";
import { type MemoryWorld, createMemoryWorld } from "../../../../core/store/memory.ts";
import type { Store } from "../../../../core/store/port.ts";
import { isDeath, mortal } from "../../operations/mortal-store.ts";
import { type Operator, createOperator, describeBrokenHistory, must } from "../../operations/operator.ts";

const WELL: Reading = { says: "good", summary: "all well", evidence: [] };
const BAD: Reading = { says: "bad", summary: "half of them crash", alike: false, evidence: [] };
const HOLD = 60_000;
const SILENT = createLogger({ level: "warn", base: {}, destination: { write: () => undefined } });

let world: MemoryWorld;
let alice: Operator;
let now: number;
/** What people were told, by its number, as often as they were. */
let told: GuardAction[];
const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => undefined };

beforeEach(async () => {
  world = createMemoryWorld();
  now = Date.now();
  told = [];
  alice = createOperator(world.client(), "alice", () => now);
  await alice.register("checkout", "1.0.0", "2.0.0");
  must(await alice.pin("checkout", "1.0.0"));
  must(await alice.config("checkout", "timeout: 1s"));
});

async function lead(client: Store): Promise<string> {
  const made = await client.sessions.create({ name: "guard", ttlMs: 10_000 });
  const id = made.ok ? made.value : "";
  const taken = await client.transact([{ kind: "lock", key: "locks/guard/checkout", value: JSON.stringify({ leader: "one" }), session: id }]);
  if (!taken.ok) throw new Error(JSON.stringify(taken.fault));
  return id;
}

const BY_TRACKS: RolloutShape = { kind: "instances", tracks: ["canary", "early"], holdMs: HOLD, bakeMs: HOLD };

async function begin(shape: RolloutShape = BY_TRACKS): Promise<void> {
  const facts = await alice.facts("checkout");
  const revision = facts.head?.value.revision ?? 0;
  const rollout: Rollout = { service: "checkout", version: "2.0.0", from: "1.0.0", ...rolloutSteps("2.0.0", shape), taken: 0, state: "begun", since: isoTime(now), heldMs: 0, base: revision, head: revision, by: "alice", startedAt: isoTime(now) };
  await world.client().transact([replaceRollout(undefined, rollout)]);
}

async function current(): Promise<Rollout> {
  const read = await readRollout(world.client(), "checkout");
  if (!read.ok || read.value === undefined) throw new Error("there is no rollout");
  return read.value.value;
}

/** One look by a client of its own. */
async function look(client: Store, session: string, reading: Reading, policyText = ""): Promise<string> {
  const policy = parsePolicy(`signals: {health: {health: {}}}\n${policyText}`, "policy");
  const stored = await readRollout(client, "checkout");
  if (!policy.ok || !stored.ok || stored.value === undefined) throw new Error("nothing to look at");
  const watched = findSuspects(await alice.facts("checkout")).filter(({ suspect }) => suspect.version === "2.0.0");
  const state = await readGuardState(client, "checkout");
  if (!state.ok) throw new Error("the guard's state can't be read");
  const deps = { store: client, clock, log: SILENT, service: "checkout", by: "one", planSuffix: () => "aaaaaa", onVerdict: () => undefined, onAction: (action: GuardAction) => void told.push(action) };
  const signals = new Map([["health", { read: async () => reading, close: async () => undefined }]]);
  return lookAtRollout(deps, { gather: () => gatherFacts(deps.store, "checkout"), stored: stored.value, state: state.value, policy: { policy: policy.value, text: "", digest: "d", fault: undefined }, session, signals, watched, readingsOf: async () => ({ health: reading }) }, new AbortController().signal);
}

/** Looks until nothing more is to be done now. */
async function settle(client: Store, session: string, reading: Reading, policyText?: string): Promise<void> {
  for (let looks = 0; looks < 20; looks += 1) if ((await look(client, session, reading, policyText)) !== "again") return;
  throw new Error("it never came to rest");
}

/** As a guard does before its first look. */
async function takeOver(client: Store): Promise<void> {
  const tell = (action: GuardAction): void => void told.push(action);
  const state = await readGuardState(client, "checkout");
  await createTelling({ store: client, clock, log: SILENT, service: "checkout", onAction: tell, retell: tell, told: () => 0 }).catchUp(state.ok ? state.value?.value : undefined, new AbortController().signal);
}

async function actions(): Promise<readonly GuardAction[]> {
  const read = await readGuardActions(world.client(), "checkout", new AbortController().signal);
  if (!read.ok) throw new Error("actions can't be read");
  expect(read.value.bad).toEqual([]);
  return read.value.good.toReversed();
}
const deedsOf = (all: readonly GuardAction[]): readonly string[] => all.map(({ action, deed, outcome }) => `${action} ${deed} ${outcome}`);

const pins = async (): Promise<Readonly<Record<string, string | undefined>>> => Object.fromEntries(Object.entries((await alice.facts("checkout")).accepted.pins).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const kinds = async (): Promise<readonly string[]> => (await alice.facts("checkout")).history.map(({ kind, reason }) => `${kind} ${reason ?? ""}`).toReversed();

test("a good one: each step after its hold, then good", async () => {
  const client = world.client();
  const session = await lead(client);
  await begin();
  const seen: string[] = [];
  for (let minute = 0; minute < 5; minute += 1) {
    await settle(client, session, WELL);
    seen.push(`${(await current()).state} ${(await current()).taken} ${JSON.stringify(await pins())}`);
    now += HOLD;
  }
  expect(seen).toEqual([
    'holding 1 {"canary":"2.0.0","stable":"1.0.0"}',
    'holding 2 {"canary":"2.0.0","early":"2.0.0","stable":"1.0.0"}',
    'holding 3 {"canary":"2.0.0","early":"2.0.0","stable":"2.0.0"}',
    'promoted 3 {"canary":"2.0.0","early":"2.0.0","stable":"2.0.0"}',
    'promoted 3 {"canary":"2.0.0","early":"2.0.0","stable":"2.0.0"}',
  ]);
  const facts = await alice.facts("checkout");
  expect(facts.verdicts.get("2.0.0")?.value).toMatchObject({ verdict: "good", by: "rollout" });
  expect(deedsOf(told)).toEqual(["1 promote done"]);
  expect(await actions()).toMatchObject([{ by: "one", cause: "rollout:2.0.0@2", finding: { kind: "well", signals: ["health"] }, readings: { health: { says: "good" } }, plan: expect.any(String) as string, rollout: { by: "alice", taken: 3, steps: 3, state: "promoted" }, says: "checkout 2.0.0: its rollout by alice stood all 3 steps and is promoted; the version is good" }]);
  expect(facts.history[0]).toMatchObject({ kind: "rollout", by: "rollout" });
  expect(describeBrokenHistory(facts)).toEqual({ ok: true, value: undefined });
});

describe("a bad one goes back to where it began, and is condemned", () => {
  test.each([1, 2, 3])("at step %i", async (step) => {
    const client = world.client();
    const session = await lead(client);
    const before = (await alice.facts("checkout")).accepted;
    await begin();
    for (let taken = 1; taken <= step; taken += 1) {
      await settle(client, session, WELL);
      if (taken < step) now += HOLD;
    }
    await settle(client, session, BAD);
    const facts = await alice.facts("checkout");
    // A track that had no pin gets the one that stable had.
    expect(facts.accepted).toEqual({ ...before, pins: { stable: "1.0.0", canary: "1.0.0", ...(step > 1 ? { early: "1.0.0" } : {}) } });
    expect(await current()).toMatchObject({ state: "turned-back", taken: step, why: "health: half of them crash", readings: { health: { says: "bad" } } });
    expect(facts.verdicts.get("2.0.0")?.value).toMatchObject({ verdict: "condemned", reason: "health: half of them crash" });
    expect((await kinds()).filter((kind) => kind.startsWith("rollback"))).toEqual(["rollback health: half of them crash"]);
    expect(deedsOf(told)).toEqual(["1 turn-back done"]);
    expect(await actions()).toMatchObject([{ finding: { kind: "bad", signals: ["health"] }, policy: { line: "rollout: what is bad goes back to where it began", digest: "d" }, plan: facts.head?.value.plan, services: { checkout: facts.head?.value.revision }, says: `checkout 2.0.0: its rollout by alice is turned back at step ${step} of 3 to where it began, and the version is condemned: health: half of them crash` }]);
    expect(await current()).toMatchObject({ action: 1 });
    expect(describeBrokenHistory(facts)).toEqual({ ok: true, value: undefined });
  });
});

test("a rollback by a person ends it: no step follows", async () => {
  const client = world.client();
  const session = await lead(client);
  await begin();
  await settle(client, session, WELL);
  must(await alice.config("checkout", "timeout: 2s"));
  now += 10 * HOLD;
  await settle(client, session, WELL);
  expect(await current()).toMatchObject({ state: "overtaken", taken: 1 });
  expect(await pins()).toEqual({ canary: "2.0.0", stable: "1.0.0" });
});

test("a freeze pauses it, and says so", async () => {
  const { planFreeze } = await import("../../../../core/decide/plans/plan-freeze.ts");
  const client = world.client();
  const session = await lead(client);
  await begin();
  must(await alice.change(["checkout"], (facts, context) => planFreeze(facts, { services: ["checkout"], scope: "forward", until: undefined, reason: "sale" }, context)));
  await settle(client, session, WELL);
  expect(await current()).toMatchObject({ state: "begun", paused: { by: "rollout", why: expect.stringContaining("sale") as string } });
  expect(deedsOf(told)).toEqual(["1 pause paged"]);
  expect(told[0]?.says).toMatch(/pauses at step 0 of 3: .*sale.*rollpin rollout resume checkout/);
});

test("a freeze of scope all: what it can't go back from is told once, however often it is looked at", async () => {
  const client = world.client();
  const session = await lead(client);
  await begin();
  await settle(client, session, WELL);
  // As of the same revision: a freeze by a plan would end it.
  const head = (await alice.facts("checkout")).head;
  await client.transact([{ kind: "replace", key: "desired/checkout/head", modifyIndex: head?.modifyIndex ?? 0, value: JSON.stringify({ ...head?.value, freeze: { scope: "all", by: "bob", at: isoTime(now), reason: "sale" } }) }]);
  for (let looks = 0; looks < 5; looks += 1) await settle(client, session, BAD);
  expect(deedsOf(told)).toEqual(["1 turn-back refused"]);
  expect(told[0]?.why).toMatch(/frozen.*it was to go back for this: health: half of them crash/);
  expect(await current()).toMatchObject({ state: "holding", paused: { by: "rollout" } });
});

test("what is paused is told once; a pause by a person isn't the guard's to tell", async () => {
  const SILENT_SIGNAL: Reading = { says: "no-data", summary: "nobody answers", evidence: [] };
  const client = world.client();
  const session = await lead(client);
  await begin();
  await settle(client, session, WELL);
  for (let looks = 0; looks < 3; looks += 1) await settle(client, session, SILENT_SIGNAL);
  expect(deedsOf(told)).toEqual(["1 pause paged"]);
  expect(told[0]).toMatchObject({ finding: { kind: "no-data" }, policy: { line: "onNoData: pause" } });
  await settle(client, session, BAD, "dryRun: true");
  expect(deedsOf(told)).toEqual(["1 pause paged"]);
});

test("a dry run tells what it would have done", async () => {
  const client = world.client();
  const session = await lead(client);
  await begin();
  await settle(client, session, WELL);
  await settle(client, session, BAD, "dryRun: true");
  expect(deedsOf(told)).toEqual(["1 turn-back dry-run"]);
  expect(await pins()).toMatchObject({ canary: "2.0.0" });
});

test("an agent that no longer guards moves nothing", async () => {
  const client = world.client();
  const session = await lead(client);
  await begin();
  await client.sessions.destroy(session);
  await lead(world.client());
  expect(await look(client, session, WELL)).toBe("again");
  expect(await current()).toMatchObject({ state: "begun", taken: 0 });
});

/** An instance that passes its checks. */
async function runs(track: string, version: string): Promise<void> {
  const done = await world.client().catalog.register({ id: `checkout-${track}`, service: "checkout", port: 80, tags: [], meta: { version, track } });
  if (!done.ok) throw new Error(JSON.stringify(done.fault));
}

const routes = async (): Promise<string | undefined> => (await alice.facts("checkout")).accepted.routes;

test("shares of the traffic grow, and are the pin's at last; the rest of the routes stays", async () => {
  const client = world.client();
  const session = await lead(client);
  await runs("stable", "1.0.0");
  await runs("canary", "2.0.0");
  must(await alice.change(["checkout"], (facts, context) => planRoutes(firstOf(facts), { service: "checkout", text: "sticky: {cookie: user}\n", override: false }, withTraffic(context))));
  await begin({ kind: "traffic", track: "canary", percentages: [5, 50], holdMs: HOLD, bakeMs: HOLD });
  const seen: (string | undefined)[] = [];
  for (let minute = 0; minute < 4; minute += 1) {
    await settle(client, session, WELL);
    seen.push((await routes())?.replaceAll(/\s+/g, " ").trim());
    now += HOLD;
  }
  expect(seen).toEqual(["sticky: {cookie: user} split: {2.0.0: 5, pin: 95}", "sticky: {cookie: user} split: {2.0.0: 50, pin: 50}", "sticky: {cookie: user}", "sticky: {cookie: user}"]);
  expect(await current()).toMatchObject({ state: "promoted" });
});

test("nobody of the version passes its checks: it pauses before the first share, and says so", async () => {
  const client = world.client();
  const session = await lead(client);
  await runs("stable", "1.0.0");
  await begin({ kind: "traffic", track: "canary", percentages: [5], holdMs: HOLD, bakeMs: HOLD });
  await settle(client, session, WELL);
  expect(await current()).toMatchObject({ taken: 1, paused: { why: expect.stringContaining("no passing instance") as string } });
  expect(await routes()).toBeUndefined();
});

test("blue-green: a preview, then all traffic, then stable; the preview goes, and so do the routes", async () => {
  const client = world.client();
  const session = await lead(client);
  await runs("stable", "1.0.0");
  await runs("green", "2.0.0");
  await begin({ kind: "blue-green", track: "green", preview: { header: "x-preview", value: "on" }, holdMs: HOLD, bakeMs: HOLD });
  const seen: string[] = [];
  for (let minute = 0; minute < 3; minute += 1) {
    await settle(client, session, WELL);
    seen.push(`${JSON.stringify(await pins())} ${(await routes())?.replaceAll(/\s+/g, " ").trim()}`);
    now += HOLD;
  }
  expect(seen).toEqual([
    '{"green":"2.0.0","stable":"1.0.0"} rules: - match: header: x-preview: on split: track:green: 1',
    '{"green":"2.0.0","stable":"1.0.0"} split: {track:green: 100, pin: 0}',
    '{"green":"2.0.0","stable":"2.0.0"} undefined',
  ]);
  expect(await current()).toMatchObject({ state: "promoted", taken: 3 });
});

describe("killed at any of its writes, and taken over by another: no step is left out or taken twice", () => {
  const KILLS = Array.from({ length: 9 }, (_, place) => place + 1).flatMap((at) => (["before", "after"] as const).map((when) => [at, when] as const));

  /** One action, of which people were told at least once, and always the same. */
  const expectTold = async (deed: string): Promise<void> => {
    expect(deedsOf(await actions())).toEqual([deed]);
    const [kept] = await actions();
    expect(told.length).toBeGreaterThan(0);
    for (const each of told) expect(each).toEqual(kept);
  };

  test.each(KILLS)("a good one, transaction %i, %s", async (at, when) => {
    await begin();
    const dying = world.client();
    const session = await lead(dying);
    const doomed = mortal(dying, at, when);
    let isDead = false;
    for (let minute = 0; minute < 5 && !isDead; minute += 1) {
      isDead = await settle(doomed, session, WELL).then(() => false, isDeath);
      if (!isDead) now += HOLD;
    }
    await dying.sessions.destroy(session);
    const next = world.client();
    const own = await lead(next);
    await takeOver(next);
    for (let minute = 0; minute < 5; minute += 1) {
      await settle(next, own, WELL);
      now += HOLD;
    }
    const facts = await alice.facts("checkout");
    expect([await current(), facts.history.filter(({ kind }) => kind === "rollout").length]).toMatchObject([{ state: "promoted", taken: 3 }, 3]);
    await expectTold("1 promote done");
    expect(describeBrokenHistory(facts)).toEqual({ ok: true, value: undefined });
  });

  test.each(KILLS.slice(0, 6))("one that turns out bad at its second step, transaction %i, %s", async (at, when) => {
    await begin();
    const dying = world.client();
    const session = await lead(dying);
    await settle(dying, session, WELL);
    now += HOLD;
    await settle(dying, session, WELL);
    await settle(mortal(dying, at, when), session, BAD).catch(isDeath);
    await dying.sessions.destroy(session);
    const next = world.client();
    const own = await lead(next);
    await takeOver(next);
    await settle(next, own, BAD);
    const facts = await alice.facts("checkout");
    expect([await current(), facts.history.filter(({ kind }) => kind === "rollback").length, facts.accepted.pins]).toMatchObject([{ state: "turned-back", taken: 2 }, 1, { stable: "1.0.0" }]);
    await expectTold("1 turn-back done");
  });
});

function firstOf(facts: readonly ServiceFacts[]): ServiceFacts {
  const [first] = facts;
  if (first === undefined) throw new Error("no facts");
  return first;
}

const withTraffic = (context: PlanContext): PlanContext => ({ ...context, traffic: new Map([["checkout", { instances: [], routers: [], failoverPassing: undefined }]]) });
