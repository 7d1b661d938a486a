/** Freezes of more services than one transaction takes: done in steps, taken back to the very heads that stood before. */
import { describe, expect, test } from "vitest";
import { type Canonical, canonical } from "../../../core/decide/digest.ts";
import { planConfig } from "../../../core/decide/plans/plan-config.ts";
import { planFreeze, planUnfreeze } from "../../../core/decide/plans/plan-freeze.ts";
import type { ServiceFacts } from "../../../core/model/facts.ts";
import type { Plan } from "../../../core/model/plan.ts";
import { applyWhole } from "../../../core/operations/apply-whole.ts";
import { listOperations } from "../../../core/operations/journal/read-operations.ts";
import { abortOperation, resumeOperation } from "../../../core/operations/journal/resume-operation.ts";
import type { Store } from "../../../core/store/port.ts";
import { planOf } from "../decide/plans/outcome.ts";
import { fillWorld, taker } from "./filled-world.ts";
import { dieAt as dieInOperation } from "./mortal-store.ts";
import { must } from "./operator.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const SERVICES = Array.from({ length: 80 }, (_, place) => `s${String(place).padStart(2, "0")}`);
/** The first was registered, and never pinned. */
const ID = "s00.0-aaaaaa";
const WHO = { by: "bob@desk", reason: "sale day", now: NOW, planSuffix: "aaaaaa" };
const FROZEN = { scope: "forward", by: "alice", at: expect.any(String) as string, reason: "before" };

/** Every ninth is frozen already, by somebody else. */
const isFrozenBefore = (service: string): boolean => SERVICES.indexOf(service) % 9 === 0;

const { world, store, alice, refill } = fillWorld(NOW, async (alice) => {
  for (const service of SERVICES) {
    await alice.register(service, "1");
    if (service !== "s00") must(await alice.pin(service, "1"));
  }
  const before = SERVICES.filter(isFrozenBefore);
  must(await alice.change(before, (facts, context) => planFreeze(facts, { services: before, scope: "forward", until: undefined, reason: "before" }, context)));
});

const factsOfAll = (): Promise<readonly ServiceFacts[]> => Promise.all(SERVICES.map((service) => alice.facts(service)));
const plans = {
  freeze: async (scope: "forward" | "all" = "all"): Promise<Plan> => planOf(planFreeze(await factsOfAll(), { services: SERVICES, scope, until: undefined, reason: "sale day" }, { now: NOW })),
  unfreeze: async (): Promise<Plan> => planOf(planUnfreeze(await factsOfAll(), { services: SERVICES }, { now: NOW })),
};

const dieAt = (at: number, when: "before" | "after", run: (mortalStore: Store) => Promise<unknown>): Promise<boolean> => dieInOperation({ world, id: ID, at, when }, run);

/** Everything but the operation's own record. The order of members says nothing in JSON. */
async function everything(): Promise<Readonly<Record<string, string>>> {
  const folders = await Promise.all(["desired/", "history/", "verdicts/", "operations/", "locks/"].map((folder) => store.list(folder)));
  const entries = folders.flatMap((read) => (read.ok ? read.value.entries : []));
  return Object.fromEntries(entries.filter(({ key }) => key !== `operations/${ID}`).map(({ key, value }) => [key, /(?:pin|config)$/.test(key) ? Buffer.from(value).toString() : canonical(JSON.parse(Buffer.from(value).toString()) as Canonical)]));
}

async function freezes(): Promise<readonly unknown[]> {
  return (await factsOfAll()).map(({ head }) => head?.value.freeze);
}

const asked = { scope: "all", by: "bob@desk", at: expect.any(String) as string, reason: "sale day" };
const outcomes = { freeze: SERVICES.map(() => asked), unfreeze: SERVICES.map(() => undefined) };

/** Eighty services are frozen, or seventy-one of them are and let go again: then the journal's id names the first. */
async function stand(kind: keyof typeof plans): Promise<void> {
  refill();
  if (kind === "freeze") return;
  must(await alice.change(SERVICES.slice(1, 41), (facts, context) => planFreeze(facts, { services: [], scope: "forward", until: undefined, reason: undefined }, context)));
  must(await alice.change(SERVICES.slice(41), (facts, context) => planFreeze(facts, { services: [], scope: "forward", until: undefined, reason: undefined }, context)));
}

test.each(["freeze", "unfreeze"] as const)("%s of eighty services is done in steps and leaves nothing but its record", async (kind) => {
  await stand(kind);
  const seen: string[] = [];
  const before = await everything();
  const applied = await applyWhole(store, await plans[kind](), WHO, { onProgress: ({ marked, next, phase }) => seen.push(`${phase} ${phase === "running" ? next : marked}`) });
  expect(applied).toMatchObject({ ok: true, value: { id: ID, services: expect.arrayContaining([{ service: "s79", revision: 1 }]) as unknown } });
  expect(seen).toEqual(["reserving 0", "reserving 60", "running 0", "running 1", "releasing 0", "releasing 60", "done 0"]);
  expect(await freezes()).toEqual(outcomes[kind]);
  expect(Object.keys(await everything())).toEqual(Object.keys(before));
  for (const { head, service } of await factsOfAll()) expect(head?.value).toMatchObject({ revision: service === "s00" ? 0 : 1, by: "bob@desk" });
});

test.each([
  ["freeze", "resume"],
  ["freeze", "abort"],
  ["unfreeze", "abort"],
] as const)("%s killed at any of its writes: %s leaves all after, or the very heads from before", { timeout: 120_000 }, async (kind, verb) => {
  await stand(kind);
  const before = await everything();
  const start = world.save();
  let deaths = 0;
  let undone = 0;
  for (const when of ["before", "after"] as const) {
    for (let at = 1; at < 40; at += 1) {
      world.restore(start);
      const plan = await plans[kind]();
      if (!(await dieAt(at, when, (dying) => applyWhole(dying, plan, WHO)))) break;
      deaths += 1;
      const acted = verb === "resume" ? await resumeOperation(store, ID, taker()) : await abortOperation(store, ID, taker());
      if (!acted.ok && acted.fault.kind === "refusal" && acted.fault.refusal.kind === "refused" && acted.fault.refusal.message.includes("is done but for its marks")) {
        expect(acted.fault.refusal.message).toContain(`"rollpin ${kind === "freeze" ? "unfreeze" : "freeze"}"`);
        await resumeOperation(store, ID, taker());
      }
      const now = await everything();
      const isBefore = JSON.stringify(now) === JSON.stringify(before);
      if (isBefore) undone += 1;
      else {
        expect(await freezes(), `${verb}, killed ${when} write ${at}`).toEqual(outcomes[kind]);
        expect(Object.keys(now), `${verb}, killed ${when} write ${at}`).toEqual(Object.keys(before));
        expect((await factsOfAll()).filter(({ head }) => head?.value.operation !== undefined)).toEqual([]);
      }
      if (acted.ok) expect(acted.value.record.phase === "done").toBe(!isBefore);
    }
  }
  expect(deaths).toBeGreaterThan(15);
  expect(undone).toBeGreaterThan(verb === "resume" ? 1 : 8);
});

describe("a freeze that was cut off between its steps", () => {
  const cutOff = async (scope: "forward" | "all" = "all"): Promise<void> => {
    const stopped = new AbortController();
    const done = await applyWhole(store, await plans.freeze(scope), WHO, { interrupted: stopped.signal, onProgress: ({ next }) => void (next === 1 && stopped.abort()) });
    expect(done).toMatchObject({ ok: false, fault: { kind: "unfinished" } });
  };

  test("has frozen some for all that goes by, and its own end and its taking back pass", async () => {
    const before = await everything();
    await cutOff();
    const half = await freezes();
    expect([half[0], half[79]]).toEqual([asked, undefined]);
    expect(await listOperations(store)).toMatchObject({ value: [{ id: ID, record: { value: { kind: "freeze", phase: "running", next: 1 } } }] });
    expect(await alice.rollback("s00")).toMatchObject({ ok: false });
    expect(await alice.change(["s79"], (facts, context) => planUnfreeze(facts, { services: [] }, context))).toMatchObject({ ok: false });
    const state = world.save();
    expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: true });
    expect(await freezes()).toEqual(outcomes.freeze);
    world.restore(state);
    const taken = await abortOperation(store, ID, taker());
    expect(taken).toMatchObject({ ok: true, value: { record: { phase: "aborted" } } });
    expect(taken.ok && taken.value.record.takenBack).toBeUndefined();
    expect(await everything()).toEqual(before);
    expect((await freezes())[0]).toEqual(FROZEN);
  });

  test("lets nothing else at what it has not come to yet, and says what it is", async () => {
    await cutOff();
    expect(await alice.config("s40", "new\n")).toMatchObject({ ok: false, fault: { message: expect.stringContaining(`${ID} (freeze by bob@desk`) as string } });
  });

  test("a rollback of one that it froze forward passes, ends it, and keeps its freeze when the rest is taken back", async () => {
    await alice.register("s01", "2");
    must(await alice.pin("s01", "2"));
    const before = await everything();
    await cutOff("forward");
    must(await alice.rollback("s01"));
    expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: false, fault: { refusal: { message: expect.stringContaining("ended by a rollback") as string } } });
    expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: true });
    const now = await everything();
    const others = (all: Readonly<Record<string, string>>) => Object.entries(all).filter(([key]) => !key.includes("/s01/"));
    expect(others(now)).toEqual(others(before));
    expect((await alice.facts("s01")).head?.value).toMatchObject({ revision: 3, freeze: { scope: "forward", by: "bob@desk" } });
  });

  test("an abort of it that is killed is gone on with by another", async () => {
    const before = await everything();
    await cutOff();
    const state = world.save();
    for (const at of [2, 3, 4, 5]) {
      world.restore(state);
      expect(await dieAt(at, "after", (dying) => abortOperation(dying, ID, taker())), `at ${at}`).toBe(true);
      await abortOperation(store, ID, taker());
      expect(await everything(), `at ${at}`).toEqual(before);
    }
  });

  test("a head that a hand has changed since is named, and put back with --override only", async () => {
    const before = await everything();
    await cutOff();
    const head = (await alice.facts("s02")).head?.value;
    store.putByHand("desired/s02/head", JSON.stringify({ ...head, freeze: { ...head?.freeze, scope: "forward" } }));
    expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict", message: expect.stringContaining("rollpin/desired/s02/head was changed by hand since operation") as string } } });
    expect(await abortOperation(store, ID, taker({ override: true }))).toMatchObject({ ok: true });
    expect(await everything()).toEqual(before);
  });
});

test("large configs that stay as they are don't keep a freeze from being written down", async () => {
  for (const service of SERVICES.slice(0, 60)) must(await alice.change([service], ([one], context) => planConfig(one as ServiceFacts, { service, text: "x".repeat(40_000), override: true }, context)));
  const plan = await plans.freeze();
  expect(await applyWhole(store, plan, { ...WHO })).toMatchObject({ ok: true });
  expect(await freezes()).toEqual(outcomes.freeze);
});
