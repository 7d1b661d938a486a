import { beforeEach, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { systemClock } from "../../../../core/clock.ts";
import { parsePolicy } from "../../../../core/config/parse-policy.ts";
import type { Policy } from "../../../../core/config/policy-schema.ts";
import { chooseDeed } from "../../../../core/decide/guard/choose-deed.ts";
import { findSuspects } from "../../../../core/decide/guard/find-suspects.ts";
import { judge } from "../../../../core/decide/guard/judge.ts";
import { type GuardAction, guardActionSchema } from "../../../../core/model/guard-records.ts";
import type { Reading } from "../../../../core/model/reading.ts";
import { type Acted, act } from "../../../../core/operations/guard/act.ts";
import { readGuardState } from "../../../../core/operations/guard/guard-state.ts";
import { type MemoryStore, type MemoryWorld, createMemoryWorld } from "../../../../core/store/memory.ts";
import type { Store } from "../../../../core/store/port.ts";
import { type Operator, createOperator, describeBrokenHistory, must } from "../operator.ts";
import { mortal, isDeath } from "../mortal-store.ts";

const BAD: Readonly<Record<string, Reading>> = { health: { says: "bad", summary: "2 of 2 crash", alike: false, evidence: [{ kind: "instances", of: 2 }] } };
const SILENT: Readonly<Record<string, Reading>> = { health: { says: "no-data", summary: "nobody answers", evidence: [] } };

let world: MemoryWorld;
let store: MemoryStore;
let alice: Operator;
let session: string;

beforeEach(async () => {
  world = createMemoryWorld();
  store = world.client();
  alice = createOperator(world.client());
  await alice.register("checkout", "1.0.0", "2.0.0", "3.0.0");
  must(await alice.pin("checkout", "1.0.0"));
  must(await alice.judge("checkout", "1.0.0", "good"));
  must(await alice.pin("checkout", "2.0.0"));
  session = await lead(store);
});

async function lead(client: Store): Promise<string> {
  const made = await client.sessions.create({ name: "guard", ttlMs: 10_000 });
  const id = made.ok ? made.value : "";
  await client.transact([{ kind: "lock", key: "locks/guard/checkout", value: JSON.stringify({ leader: "one" }), session: id }]);
  return id;
}

const policyOf = (text: string): Policy => {
  const parsed = parsePolicy(`signals: {health: {health: {}}}\n${text}`, "policy");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
  return parsed.value;
};
const ROLLBACK = "strategy: [{do: rollback}]";

/** As one look of the guard does; with a client and a session of its own where one is given. */
async function look(text: string, readings = BAD, client: Store = store, own = session): Promise<Acted> {
  const policy = policyOf(text);
  const state = await readGuardState(world.client(), "checkout");
  const [watched] = findSuspects(await alice.facts("checkout"));
  if (watched === undefined || !state.ok) throw new Error("nothing to look at");
  const finding = judge(readings, watched);
  const chosen = chooseDeed(finding, policy);
  if (finding.kind === "well" || chosen === undefined) return { kind: "nothing" };
  return act({ store: client, clock: systemClock, planSuffix: () => "aaaaaa", by: "one", session: own, signal: new AbortController().signal }, { watched, finding, readings, chosen, policy, policyDigest: "d", state: state.value });
}

const pin = async (): Promise<string | undefined> => (await alice.facts("checkout")).accepted.pins["stable"];
async function actions(): Promise<readonly GuardAction[]> {
  const listed = await store.list("guard/checkout/actions/");
  return listed.ok ? listed.value.entries.map(({ value }) => z.parse(guardActionSchema, JSON.parse(Buffer.from(value).toString()))) : [];
}
const outcomes = async (): Promise<readonly string[]> => (await actions()).map(({ deed, outcome }) => `${deed} ${outcome}`);

describe("what was found is acted on", () => {
  test("by the plan that a person would make: the version is condemned, and history says why and by whom", async () => {
    expect(await look(ROLLBACK)).toMatchObject({ kind: "recorded", action: { deed: "rollback", outcome: "done", plan: "checkout.3-aaaaaa", services: { checkout: 3 }, says: expect.stringContaining("checkout 2.0.0: the guard acted (checkout: named: roll back stable from 2.0.0 to 1.0.0") as string } });
    const facts = await alice.facts("checkout");
    expect(facts.history[0]).toMatchObject({ by: "guard", kind: "rollback", reason: "health: 2 of 2 crash (rollpin guard explain checkout 1)" });
    expect(facts.verdicts.get("2.0.0")?.value).toMatchObject({ verdict: "condemned", by: "guard" });
    expect(describeBrokenHistory(facts)).toEqual({ ok: true, value: undefined });
  });

  test("once: what it went back to is paged, and nothing is gone back from again", async () => {
    await look(ROLLBACK);
    expect(await look(ROLLBACK)).toMatchObject({ kind: "recorded", action: { deed: "page", outcome: "paged", finding: { why: "after-going-back" } } });
    expect(await look(ROLLBACK)).toEqual({ kind: "nothing" });
    expect([await pin(), await outcomes()]).toEqual(["1.0.0", ["rollback done", "page paged"]]);
  });

  test("each move anew, until the brake is on; a person lets it go on", async () => {
    const twice = `${ROLLBACK}\nbrake: {rollbacks: 1, per: 1h}`;
    await look(twice);
    must(await alice.pin("checkout", "3.0.0"));
    expect(await look(twice)).toMatchObject({ action: { outcome: "braked", why: expect.stringContaining("1 change was made by the guard since") as string } });
    expect(await look(twice)).toEqual({ kind: "nothing" });
    expect(await pin()).toBe("3.0.0");
    expect(await readGuardState(store, "checkout")).toMatchObject({ value: { value: { latched: { action: 2 } } } });
  });

  test("without a strategy: paged, once", async () => {
    expect(await look("")).toMatchObject({ action: { deed: "page", outcome: "paged", policy: { line: "no strategy: page" } } });
    expect(await look("")).toEqual({ kind: "nothing" });
    expect(await pin()).toBe("2.0.0");
  });

  test("a dry run tells what would have been done", async () => {
    expect(await look(`${ROLLBACK}\ndryRun: true`)).toMatchObject({ action: { outcome: "dry-run", says: expect.stringContaining("would have done this (checkout: named: roll back stable from 2.0.0 to 1.0.0") as string } });
    expect(await look(`${ROLLBACK}\ndryRun: true`)).toEqual({ kind: "nothing" });
    expect(await pin()).toBe("2.0.0");
  });

  test("silence pauses, and goes back only where the policy says so", async () => {
    expect(await look(ROLLBACK, SILENT)).toMatchObject({ action: { deed: "pause", outcome: "paged" } });
    expect(await readGuardState(store, "checkout")).toMatchObject({ value: { value: { paused: { why: "health: nobody answers" } } } });
    expect(await pin()).toBe("2.0.0");
    expect(await look(`${ROLLBACK}\nonNoData: rollback`, SILENT)).toMatchObject({ action: { deed: "rollback", outcome: "done" } });
  });
});

describe("it refuses", () => {
  test("to go to a release that nobody called good", async () => {
    must(await alice.judge("checkout", "1.0.0", undefined));
    expect(await look(ROLLBACK)).toMatchObject({ action: { outcome: "refused", why: expect.stringContaining("checkout would go to 1.0.0, which is not called good") as string } });
    expect([await look(ROLLBACK), await pin()]).toEqual([{ kind: "nothing" }, "2.0.0"]);
    must(await alice.judge("checkout", "1.0.0", "good"));
    expect(await look(ROLLBACK)).toMatchObject({ action: { outcome: "done" } });
  });

  test.each(["all", "forward"] as const)("a freeze of scope %s", async (scope) => {
    const { planFreeze } = await import("../../../../core/decide/plans/plan-freeze.ts");
    must(await alice.change(["checkout"], (facts, context) => planFreeze(facts, { services: ["checkout"], scope, until: undefined, reason: "sale" }, context)));
    expect(await look(ROLLBACK)).toMatchObject({ action: { outcome: scope === "all" ? "braked" : "done" } });
  });

  test("a guard that lost its lock writes nothing", async () => {
    await store.sessions.destroy(session);
    await lead(world.client());
    expect(await look(ROLLBACK)).toMatchObject({ kind: "again" });
    expect([await pin(), await outcomes()]).toEqual(["2.0.0", []]);
  });
});

describe("other deeds", () => {
  test("freeze, then nothing goes forward", async () => {
    expect(await look("strategy: [{do: freeze}]")).toMatchObject({ action: { deed: "freeze", outcome: "done" } });
    expect(await look("strategy: [{do: freeze}]")).toEqual({ kind: "nothing" });
    expect((await alice.facts("checkout")).head?.value.freeze).toMatchObject({ scope: "forward", by: "guard" });
  });

  test("a named version", async () => {
    must(await alice.judge("checkout", "3.0.0", "good"));
    expect(await look("strategy: [{do: rollback, to: 3.0.0}]")).toMatchObject({ action: { outcome: "done" } });
    expect(await pin()).toBe("3.0.0");
  });

  test("a failover that the routes don't name is refused, once", async () => {
    expect(await look("strategy: [{do: failover}]")).toMatchObject({ action: { outcome: "refused", why: expect.stringContaining("name no failover") as string } });
    expect(await look("strategy: [{do: failover}]")).toEqual({ kind: "nothing" });
  });
});

describe("killed at any of its writes, before or after it was done, each cause is acted on exactly once", () => {
  test.each([[1, "before"], [1, "after"], [2, "before"], [2, "after"]] as const)("transaction %i, %s", async (at, when) => {
    const died = await look(ROLLBACK, BAD, mortal(world.client(), at, when)).then(() => false, isDeath);
    expect(died || at === 2).toBe(true);
    // Another takes over.
    await store.sessions.destroy(session);
    const next = world.client();
    const own = await lead(next);
    for (let again = 0; again < 3; again += 1) await look(ROLLBACK, BAD, next, own);
    expect([await pin(), (await outcomes()).filter((each) => each === "rollback done")]).toEqual(["1.0.0", ["rollback done"]]);
    expect((await alice.facts("checkout")).history.filter(({ by }) => by === "guard")).toHaveLength(1);
  });
});
