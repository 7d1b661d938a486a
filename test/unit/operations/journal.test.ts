import { describe, expect, test } from "vitest";
import { planConfig } from "../../../core/decide/plans/plan-config.ts";
import { planFreeze } from "../../../core/decide/plans/plan-freeze.ts";
import { planRestart } from "../../../core/decide/plans/plan-restart.ts";
import { planRollback } from "../../../core/decide/plans/plan-rollback.ts";
import type { Plan } from "../../../core/model/plan.ts";
import { type WholeOptions, applyWhole } from "../../../core/operations/apply-whole.ts";
import { breakLock } from "../../../core/operations/journal/hold-operation.ts";
import { listOperations } from "../../../core/operations/journal/read-operations.ts";
import { abortOperation, resumeOperation } from "../../../core/operations/journal/resume-operation.ts";
import type { Store } from "../../../core/store/port.ts";
import { planOf } from "../decide/plans/outcome.ts";
import { fillWorld, taker } from "./filled-world.ts";
import { dieAt as dieInOperation } from "./mortal-store.ts";
import { describeBrokenHistory, must } from "./operator.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const SERVICES = Array.from({ length: 40 }, (_, place) => `s${String(place).padStart(2, "0")}`);
const ID = "s00.4-aaaaaa";

const { world, store, alice, refill } = fillWorld(NOW, async (alice) => {
  for (const service of SERVICES) {
    await alice.register(service, "1", "2");
    must(await alice.config(service, `of: ${service}\n`));
    must(await alice.pin(service, "1"));
    must(await alice.pin(service, "2"));
  }
  must(await alice.judge("s07", "2", "good"));
});

/** Revision 4 of all: back to 1, and 2 condemned. */
const rollback = async (services: readonly string[] = SERVICES): Promise<Plan> => {
  const facts = await Promise.all(services.map((service) => alice.facts(service)));
  return planOf(planRollback(facts, { services, track: "stable", target: { kind: "default" }, only: undefined, condemn: true, override: false, reason: undefined }, { now: NOW }));
};
const WHO = { by: "bob@desk", reason: "it burns", now: NOW, planSuffix: "aaaaaa" };
const apply = (plan: Plan, at: Store = store, options: WholeOptions = {}) => applyWhole(at, plan, WHO, options);

/** All that is desired, and every verdict, by key; heads and history aside. */
async function stateOf(): Promise<Readonly<Record<string, string>>> {
  const entries = await Promise.all(["desired/", "verdicts/"].map((folder) => store.list(folder)));
  return Object.fromEntries(entries.flatMap((read) => (read.ok ? read.value.entries : [])).filter(({ key }) => !key.endsWith("/head")).map(({ key, value }) => [key, key.startsWith("verdicts/") ? (JSON.parse(Buffer.from(value).toString()) as { verdict: string }).verdict : Buffer.from(value).toString()]));
}

async function marksLeft(): Promise<readonly string[]> {
  const facts = await Promise.all(SERVICES.map((service) => alice.facts(service)));
  for (const one of facts) expect(describeBrokenHistory(one)).toEqual({ ok: true, value: undefined });
  return facts.filter(({ head }) => head?.value.operation !== undefined).map(({ service }) => service);
}

async function leftovers(): Promise<readonly string[]> {
  const names = await store.keys("operations/");
  const locks = await store.keys("locks/");
  return [...(names.ok ? names.value : ["?"]), ...(locks.ok ? locks.value : ["?"])];
}

const dieAt = (at: number, when: "before" | "after", run: (mortalStore: Store) => Promise<unknown>): Promise<boolean> => dieInOperation({ world, id: ID, at, when }, run);

describe("a plan of forty services", () => {
  test("is done in steps, is one plan in history, and leaves its record only", async () => {
    const seen: string[] = [];
    const applied = await apply(await rollback(), store, { onProgress: ({ marked, next, phase }) => seen.push(`${phase} ${phase === "running" ? next : marked}`) });
    expect(applied).toMatchObject({ ok: true, value: { id: ID, at: expect.stringMatching(/^2026-03-01T12:00:00/) as string } });
    expect(seen).toEqual(["reserving 0", "running 0", "running 1", "running 2", "releasing 0", "done 0"]);
    const after = await stateOf();
    for (const service of SERVICES) expect([after[`desired/${service}/pin`], after[`verdicts/${service}/2`]]).toEqual(["1", "condemned"]);
    expect(await marksLeft()).toEqual([]);
    expect(await leftovers()).toEqual([`operations/${ID}`]);
    const [entry] = (await alice.facts("s39")).history;
    expect(entry).toMatchObject({ plan: ID, kind: "rollback", by: "bob@desk", reason: "it burns", services: Object.fromEntries(SERVICES.map((service) => [service, 4])) });
  });

  test("undo takes all of it back, and undo of that is the plan again", async () => {
    const before = await stateOf();
    await apply(await rollback());
    const after = await stateOf();
    for (const wanted of [before, after]) {
      const entry = (await alice.facts("s00")).history[0];
      const { planUndo } = await import("../../../core/decide/plans/plan-undo.ts");
      const facts = await Promise.all(SERVICES.map((service) => alice.facts(service)));
      expect(await apply(planOf(planUndo(facts, { plan: entry?.plan ?? "", override: false }, { now: NOW })))).toMatchObject({ ok: true });
      expect(await stateOf()).toEqual(wanted);
    }
  });

  test("that was made before a change of one of them is a conflict, and changes nothing", async () => {
    const plan = await rollback();
    must(await alice.pin("s33", "1"));
    const before = await stateOf();
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { kind: "refusal", refusal: { kind: "conflict", message: expect.stringContaining("alice changed s33") as string } } });
    expect(await stateOf()).toEqual(before);
    expect(await marksLeft()).toEqual([]);
    expect(await leftovers()).toEqual([`operations/${ID}`]);
  });

  test("what can't be divided is refused by its size, as ever", async () => {
    const facts = await Promise.all(SERVICES.map((service) => alice.facts(service)));
    const large = planOf(planConfig(facts[0] as never, { service: "s00", text: "x".repeat(400_000), override: false }, { now: NOW }));
    expect(await apply(large)).toMatchObject({ ok: false, fault: { refusal: { kind: "refused", check: "transaction-size", service: "s00", message: expect.stringMatching(/^s00 alone needs about \d+ KiB of a transaction, \d+ KiB more than there is room for .*: the largest is desired\/s00\/config with 391 KiB; make it smaller/) as string } } });
    expect(await leftovers()).toEqual([]);
  });

  test("a restart of all is one too, and is not taken back by an abort", async () => {
    const facts = await Promise.all(SERVICES.map((service) => alice.facts(service)));
    const plan = planOf(planRestart(facts, { services: SERVICES, track: undefined, override: false }, { now: NOW }));
    await dieAt(6, "before", (dying) => apply(plan, dying));
    expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: true });
    expect(await marksLeft()).toEqual([]);
  });
});

describe("killed at any of its writes", () => {
  test.each(["resume", "abort"] as const)("%s leaves all after, or all before", { timeout: 120_000 }, async (verb) => {
    const before = await stateOf();
    await apply(await rollback());
    const after = await stateOf();
    let deaths = 0;
    for (const when of ["before", "after"] as const) {
      for (let at = 1; at < 40; at += 1) {
        refill();
        const plan = await rollback();
        if (!(await dieAt(at, when, (dying) => apply(plan, dying)))) break;
        deaths += 1;
        const there = (await listOperations(store)) as { readonly value: readonly { readonly isOver: boolean }[] };
        const acted = verb === "resume" ? await resumeOperation(store, ID, taker()) : await abortOperation(store, ID, taker());
        // Past its last step there is nothing to abort: it can only be finished.
        const finished = !acted.ok && verb === "abort" && acted.fault.kind === "refusal" && acted.fault.refusal.kind === "refused" && acted.fault.refusal.message.includes("is done") ? await resumeOperation(store, ID, taker()) : acted;
        const state = await stateOf();
        const isAfter = JSON.stringify(state) === JSON.stringify(after);
        expect(isAfter || JSON.stringify(state) === JSON.stringify(before), `${verb}, killed ${when} write ${at}`).toBe(true);
        if (there.value.length > 0 && finished.ok) expect(isAfter).toBe(verb === "resume" || finished !== acted);
        expect(await marksLeft(), `${verb}, killed ${when} write ${at}`).toEqual([]);
        expect((await leftovers()).filter((key) => key !== `operations/${ID}`), `${verb}, killed ${when} write ${at}`).toEqual([]);
      }
    }
    expect(deaths).toBeGreaterThan(20);
  });

  test("an abort that is killed is gone on with by another", async () => {
    const before = await stateOf();
    const plan = await rollback();
    for (const at of [2, 3, 4, 5, 6]) {
      refill();
      await dieAt(9, "before", (dying) => apply(plan, dying));
      expect(await dieAt(at, "after", (dying) => abortOperation(dying, ID, taker())), `at ${at}`).toBe(true);
      expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: at >= 5 });
      expect(await abortOperation(store, ID, taker()), `at ${at}`).toMatchObject({ ok: true });
      expect(await stateOf()).toEqual(before);
      expect(await marksLeft()).toEqual([]);
    }
  });
});

describe("while an operation is at it", () => {
  const stopHalfway = async (plan?: Plan): Promise<void> => void (await dieAt(8, "before", async (dying) => apply(plan ?? (await pinAll()), dying)));
  /** Revision 4 of all: config, which goes forward. */
  const pinAll = async (): Promise<Plan> => {
    const { planEach } = await import("../../../core/decide/plans/plan-each.ts");
    const { changeService } = await import("../../../core/decide/plans/service-change.ts");
    const facts = await Promise.all(SERVICES.map((service) => alice.facts(service)));
    return planOf(planEach("config", facts, (known) => ({ ok: true, value: { plan: changeService(known, { why: "test", after: { ...known.current.state, config: "new\n" }, concerns: (part) => part === "config" }), checks: [], notes: [] } })));
  };

  test("other plans of its services wait, and are told for what", async () => {
    await stopHalfway();
    for (const service of ["s00", "s39"]) {
      const refusal = { kind: "conflict", message: expect.stringMatching(new RegExp(`^${service} is part of operation ${ID} \\(config by bob@desk since 2026-03-01T12:00:00.00.Z\\)`)) as string };
      expect(await alice.pin(service, "1")).toMatchObject({ ok: false, fault: refusal });
      expect(await alice.undo(service)).toMatchObject({ ok: false });
      expect(await alice.change([service], (facts, context) => planFreeze(facts, { services: [service], scope: "all", until: undefined, reason: undefined }, context))).toMatchObject({ ok: false, fault: refusal });
    }
  });

  test("a rollback passes, ends it, and is not undone by what takes the rest back", async () => {
    const before = await stateOf();
    await stopHalfway();
    must(await alice.rollback("s01"));
    expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict", message: expect.stringContaining("ended by a rollback") as string } } });
    expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: true });
    expect(await stateOf()).toEqual({ ...before, "desired/s01/pin": "1", "verdicts/s01/2": "condemned", "desired/s01/config": (await stateOf())["desired/s01/config"] });
    expect(await marksLeft()).toEqual([]);
  });

  test("a rollback of all passes too, and ends it", async () => {
    await stopHalfway();
    const plan = await rollback();
    expect(await applyWhole(store, plan, { ...WHO, planSuffix: "dddddd" })).toMatchObject({ ok: true });
    expect(await marksLeft()).toEqual([]);
    expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: true });
    for (const service of SERVICES) expect((await stateOf())[`desired/${service}/pin`]).toBe("1");
  });

  test("a rollback waits for another", async () => {
    await stopHalfway(await rollback());
    expect(await alice.rollback("s39")).toMatchObject({ ok: false, fault: { kind: "conflict", message: expect.stringContaining(`rollback by bob@desk`) as string } });
  });

  test("a hand at what is still to be done stops it by name, --override writes over it", async () => {
    const plan = await pinAll();
    await stopHalfway(plan);
    store.putByHand("desired/s39/config", "mine\n");
    expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict", message: expect.stringContaining("rollpin/desired/s39/config was changed since the plan was made, by a hand") as string } } });
    expect(await listOperations(store)).toMatchObject({ value: [{ id: ID, record: { value: { phase: "running", stopped: { why: expect.stringContaining("s39/config") as string } } } }] });
    expect((await stateOf())["desired/s39/config"]).toBe("mine\n");
    expect(await resumeOperation(store, ID, taker({ override: true }))).toMatchObject({ ok: true });
    expect((await stateOf())["desired/s39/config"]).toBe("new\n");
    expect(await marksLeft()).toEqual([]);
  });

  test("a hand at what is still to be done stays where it is taken back", async () => {
    const before = await stateOf();
    await stopHalfway();
    store.putByHand("desired/s39/config", "mine\n");
    expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: true });
    expect(await stateOf()).toEqual({ ...before, "desired/s39/config": "mine\n" });
  });

  test("a hand at what is done stops its taking back by name, --override writes over it", async () => {
    const before = await stateOf();
    await stopHalfway();
    store.putByHand("desired/s00/config", "mine\n");
    expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict", message: expect.stringContaining("s00 was changed by hand") as string } } });
    expect(await abortOperation(store, ID, taker({ override: true }))).toMatchObject({ ok: true });
    expect(await stateOf()).toEqual(before);
  });

  test("two resumes at once: one does it, the other is told who", async () => {
    await stopHalfway();
    const [one, other] = await Promise.all([resumeOperation(store, ID, taker()), resumeOperation(world.client(), ID, taker({ by: "dan@desk" }))]);
    const lost = [one, other].filter(({ ok }) => !ok);
    expect(lost).toMatchObject([{ fault: { refusal: { kind: "conflict", message: expect.stringMatching(/^(carol|dan)@desk, since .* is at operation/) as string } } }]);
    expect(await marksLeft()).toEqual([]);
    expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: true, value: { already: true } });
  });

  test("who had the lock before writes nothing any more once it was taken", async () => {
    const plan = await pinAll();
    const slow = world.client();
    let stolen = false;
    const stealing: Store = { ...slow, transact: async (operations, options) => {
      if (!stolen && operations.some(({ key }) => key === "desired/s14/config")) {
        stolen = true;
        await breakLock(store, ID);
        expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: true });
      }
      return slow.transact(operations, options);
    } };
    expect(await apply(plan, stealing)).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict", message: expect.stringContaining("was taken over by another") as string } } });
    expect(new Set(Object.entries(await stateOf()).flatMap(([key, value]) => (key.endsWith("/config") ? [value] : [])))).toEqual(new Set(["new\n"]));
  });

  test("an unknown outcome in the middle is found out", async () => {
    const plan = await pinAll();
    const client = world.client();
    let sent = 0;
    const forgetful: Store = { ...client, transact: async (operations, options) => {
      const done = await client.transact(operations, options);
      sent += 1;
      return sent % 2 === 0 ? { ok: false, fault: { kind: "unknown-outcome", operation: "transact", cause: "reset" } } : done;
    } };
    expect(await apply(plan, forgetful)).toMatchObject({ ok: true });
    expect(await marksLeft()).toEqual([]);
  });

  test("a flip by hand is not written into history before it has ended", async () => {
    await stopHalfway();
    store.putByHand("desired/s00/pin", "1");
    const { adoptFlips } = await import("../../../core/operations/adopt-flips.ts");
    expect(await adoptFlips(store, await alice.facts("s00"), { now: NOW, planSuffix: "eeeeee" })).toEqual({ ok: true, value: undefined });
    expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: true });
    expect(await adoptFlips(store, await alice.facts("s00"), { now: NOW, planSuffix: "eeeeee" })).toMatchObject({ ok: true, value: { id: "s00.5-eeeeee" } });
  });
});

test("unknown operations are bad usage, and records that can't be read are named", async () => {
  expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: false, fault: { refusal: { kind: "usage" } } });
  store.putByHand(`operations/${ID}`, "{}");
  expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: false, fault: { refusal: { kind: "refused", message: expect.stringContaining(`operations/${ID} can't be read`) as string } } });
});
