import { beforeEach, describe, expect, test } from "vitest";
import { planConfig } from "../../../core/decide/plans/plan-config.ts";
import { planFreeze } from "../../../core/decide/plans/plan-freeze.ts";
import { planPin } from "../../../core/decide/plans/plan-pin.ts";
import { planRestart } from "../../../core/decide/plans/plan-restart.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Plan } from "../../../core/model/plan.ts";
import { type ApplyOptions, applyPlan } from "../../../core/operations/apply.ts";
import type { Operation } from "../../../core/store/port.ts";
import { type MemoryStore, createMemoryWorld } from "../../../core/store/memory.ts";
import { planOf } from "../decide/plans/outcome.ts";
import { type Operator, createOperator, describeBrokenHistory, must } from "./operator.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
let store: MemoryStore;
let other: MemoryStore;
let alice: Operator;

/** Time goes on only where somebody sleeps. */
function createStepClock(): Clock {
  let at = 0;
  return {
    now: () => NOW + at,
    monotonic: () => at,
    sleep: (ms) => {
      at += ms;
      return Promise.resolve();
    },
  };
}

beforeEach(async () => {
  const world = createMemoryWorld();
  store = world.client();
  other = world.client();
  alice = createOperator(other, "alice", () => NOW);
  await alice.register("checkout", "1", "2", "3");
  must(await alice.pin("checkout", "1"));
});

const pinTo = async (version: string): Promise<Plan> => planOf(planPin(await alice.facts("checkout"), { service: "checkout", track: "stable", version, override: false }, { now: NOW }));
const apply = (plan: Plan, options: ApplyOptions = {}) => applyPlan(store, plan, { by: "bob", now: NOW, planSuffix: "bbbbbb" }, { clock: createStepClock(), ...options });
const stateOf = async () => {
  const facts = await alice.facts("checkout");
  expect(describeBrokenHistory(facts)).toEqual({ ok: true, value: undefined });
  return { pin: facts.accepted.pins["stable"], revision: facts.head?.value.revision, plans: facts.history.map(({ plan }) => plan) };
};

/** So many transactions are carried out, or lost on their way, and nothing of them comes back. */
function forget(times: number, happens: "after" | "never", then: () => Promise<void> = () => Promise.resolve()): void {
  const real = store;
  let left = times;
  store = {
    ...store,
    transact: async (operations: readonly Operation[], options) => {
      if (left === 0) return real.transact(operations, options);
      left -= 1;
      if (happens === "after") await real.transact(operations, options);
      await then();
      return { ok: false, fault: { kind: "unknown-outcome", operation: "transact", cause: "the connection was reset" } };
    },
  };
}

describe("one transaction", () => {
  test("head, key and history have one index", async () => {
    const applied = await apply(await pinTo("2"));
    expect(applied).toMatchObject({ ok: true, value: { id: "checkout.2-bbbbbb", services: [{ service: "checkout", revision: 2 }], at: "2026-03-01T12:00:00.000Z" } });
    for (const key of ["desired/checkout/head", "desired/checkout/pin", "history/checkout/0000000002"]) {
      const entry = await store.get(key);
      expect(entry.ok && entry.value?.modifyIndex, key).toBe(applied.ok && applied.value.commitIndex);
    }
  });

  test("who was first is named, and nothing of the other is written", async () => {
    const plan = await pinTo("2");
    must(await alice.pin("checkout", "3"));
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { kind: "refusal", refusal: { kind: "conflict", message: expect.stringMatching(/^alice changed checkout at 2026-03-01T12:00:00.000Z: revision 2 \(pin, plan checkout\.2-/) as string } } });
    expect(await stateOf()).toMatchObject({ pin: "3", revision: 2 });
  });

  test.each([
    ["an hour ahead", 3_600_000, NOW + 3_600_000],
    ["an hour back", -3_600_000, NOW],
    ["in 1970", -NOW, NOW],
    ["at the end of the years that records hold", Date.UTC(9999, 11, 31, 23, 59, 59, 999) - NOW + 5, Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ])("history is readable and never runs backwards with a clock %s", async (_name, ahead, at) => {
    expect(await applyPlan(store, await pinTo("2"), { by: "bob", now: NOW + ahead, planSuffix: "bbbbbb" })).toMatchObject({ ok: true, value: { at: new Date(at).toISOString() } });
    expect(await stateOf()).toMatchObject({ pin: "2", revision: 2 });
  });

  test("a hand at the key that is rewritten is a conflict too", async () => {
    const plan = await pinTo("2");
    store.putByHand("desired/checkout/pin", "3");
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict", message: expect.stringContaining("rollpin/desired/checkout/pin was changed since it was read") as string } } });
  });

  test.each<[string, string, boolean]>([["still stands", "2", true], ["was written anew", "3", false]])("a flip that the plan accepts without writing it %s", async (_name, now, isApplied) => {
    store.putByHand("desired/checkout/pin.canary", "2");
    const plan = await pinTo("3");
    store.putByHand("desired/checkout/pin.canary", now);
    expect((await apply(plan)).ok).toBe(isApplied);
    expect((await alice.facts("checkout")).accepted.pins).toEqual(isApplied ? { stable: "3", canary: "2" } : { stable: "1" });
  });

  test("a freeze in between is a conflict, so that nobody changes what was frozen", async () => {
    const plan = await pinTo("2");
    must(await alice.change(["checkout"], (facts, context) => planFreeze(facts, { services: ["checkout"], scope: "all", until: undefined, reason: undefined }, context)));
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict", message: expect.stringContaining("alice changed the freeze or a verdict of checkout") as string } } });
  });

  test.each([["alice", 0], ["alice", -1_000], ["carol", 1]])("a verdict in between is a conflict, also by %s, %i ms later by that clock", async (by, later) => {
    const plan = await pinTo("2");
    must(await createOperator(other, by, () => NOW + later).judge("checkout", "2", "condemned"));
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict" } } });
    expect(await stateOf()).toMatchObject({ pin: "1" });
  });

  test("too many bytes are refused by name before anything is sent", async () => {
    const plan = planOf(planConfig(await alice.facts("checkout"), { service: "checkout", text: "x".repeat(400_000), override: false }, { now: NOW }));
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { refusal: { kind: "refused", check: "transaction-size", message: expect.stringContaining("512 KiB") as string } } });
  });

  test("a reason that history could not hold is bad usage", async () => {
    const applied = await applyPlan(store, await pinTo("2"), { by: "bob", reason: "x".repeat(5_000), now: NOW, planSuffix: "bbbbbb" });
    expect(applied).toMatchObject({ ok: false, fault: { refusal: { kind: "usage" } } });
  });
});

describe("an outcome that is unknown", () => {
  test.each<["after" | "never", number]>([["after", 1], ["never", 1], ["after", 4], ["never", 4]])("%s, %i times: committed once", async (happens, times) => {
    const plan = await pinTo("2");
    forget(times, happens);
    expect(await apply(plan)).toMatchObject({ ok: true, value: { id: "checkout.2-bbbbbb" } });
    expect(await stateOf()).toMatchObject({ pin: "2", revision: 2 });
  });

  test("that never happened, and somebody else was first: a conflict", async () => {
    const plan = await pinTo("2");
    forget(1, "never");
    must(await alice.pin("checkout", "3"));
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { refusal: { kind: "conflict" } } });
    expect(await stateOf()).toMatchObject({ pin: "3", revision: 2 });
  });

  test("that did happen, and somebody else followed: done", async () => {
    const plan = await pinTo("2");
    forget(1, "after", async () => void must(await alice.pin("checkout", "3")));
    expect(await apply(plan)).toMatchObject({ ok: true, value: { id: "checkout.2-bbbbbb" } });
    expect(await stateOf()).toMatchObject({ pin: "3", revision: 3 });
  });

  test("until the deadline, and history says it was done", async () => {
    const plan = await pinTo("2");
    forget(1_000, "after");
    expect(await apply(plan)).toMatchObject({ ok: true, value: { id: "checkout.2-bbbbbb" } });
  });

  test("until the deadline, and nobody knows: says so, and how to look", async () => {
    const plan = await pinTo("2");
    forget(1_000, "never");
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { kind: "undecided", plan: "checkout.2-bbbbbb", message: expect.stringContaining('"rollpin history checkout"') as string } });
  });

  test("of a plan without a revision is found by the head it wrote", async () => {
    const plan = planOf(planFreeze([await alice.facts("checkout")], { services: ["checkout"], scope: "all", until: undefined, reason: undefined }, { now: NOW }));
    forget(1, "after");
    expect(await apply(plan)).toMatchObject({ ok: true, value: { services: [{ service: "checkout", revision: 1 }] } });
  });
});

describe("faults", () => {
  test.each(["unreachable", "no-leader", "denied", "overloaded"] as const)("%s: nothing was written", async (kind) => {
    const plan = await pinTo("2");
    store.failNext(kind);
    expect(await apply(plan)).toMatchObject({ ok: false, fault: { kind: "store", fault: { kind } } });
    expect(await stateOf()).toMatchObject({ pin: "1" });
  });
});

describe("history is pruned", () => {
  test("to the newest, but never what a rollback needs", async () => {
    must(await alice.judge("checkout", "1", "good"));
    for (let turn = 0; turn < 12; turn += 1) {
      const applied = await apply(await pinTo(turn % 2 === 0 ? "2" : "3"), { keepRevisions: 4 });
      expect(applied.ok).toBe(true);
    }
    const { history } = await alice.facts("checkout");
    expect(history.map(({ revision }) => revision)).toEqual([13, 12, 11, 10, 1]);
    must(await alice.rollback("checkout"));
    expect((await alice.facts("checkout")).accepted.pins["stable"]).toBe("1");
  });
});

describe("history that is longer than one answer", () => {
  /** Revisions 2 to 250, as plans would have left them, and one that a hand made. */
  const lengthen = async (): Promise<void> => {
    const first = await store.get("history/checkout/0000000001");
    const text = Buffer.from(first.ok ? (first.value?.value ?? "") : "").toString();
    for (let revision = 2; revision <= 250; revision += 1) store.putByHand(`history/checkout/${String(revision).padStart(10, "0")}`, JSON.stringify({ ...(JSON.parse(text) as object), revision }));
    store.putByHand("history/checkout/notes", "mine");
    const head = await store.get("desired/checkout/head");
    store.putByHand("desired/checkout/head", JSON.stringify({ ...(JSON.parse(Buffer.from(head.ok ? (head.value?.value ?? "") : "").toString()) as object), revision: 250 }));
  };
  const kept = async (): Promise<readonly string[]> => {
    const names = await store.keys("history/checkout/");
    return names.ok ? names.value.map((key) => key.split("/").at(-1) ?? "") : [];
  };

  test("is read a hundred revisions at a time, and cut to the newest", async () => {
    await lengthen();
    const lists: string[] = [];
    const real = store;
    store = { ...store, list: (folder, options) => (lists.push(folder), real.list(folder, options)) };
    expect((await apply(await pinTo("2"), { keepRevisions: 120 })).ok).toBe(true);
    expect(lists.filter((folder) => folder.startsWith("history/"))).toEqual(["history/checkout/00000002", "history/checkout/00000001", "history/checkout/00000000"]);
    expect(await kept()).toEqual([...Array.from({ length: 120 }, (_, at) => String(132 + at).padStart(10, "0")), "notes"]);
  });

  test("is left as it is where a part of it seems to be empty", async () => {
    await lengthen();
    const real = store;
    store = { ...store, list: (folder, options) => real.list(folder === "history/checkout/00000001" ? "nothing/" : folder, options) };
    expect((await apply(await pinTo("2"), { keepRevisions: 20 })).ok).toBe(true);
    expect(await kept()).toHaveLength(252);
  });
});

describe("how much of history is kept", () => {
  const flips = async (count: number): Promise<number> => {
    for (let turn = 0; turn < count; turn += 1) expect((await apply(await pinTo(turn % 2 === 0 ? "2" : "3"))).ok).toBe(true);
    return (await alice.facts("checkout")).history.length;
  };

  test("is what meta/history says, looked at once in ten plans", async () => {
    store.putByHand("meta/history", "12\n");
    expect(await flips(18)).toBe(19);
    expect(await flips(1)).toBe(12);
  });

  test("is all of it where that can't be read", async () => {
    store.putByHand("meta/history", "a few");
    expect(await flips(28)).toBe(29);
    store.putByHand("meta/history", "12");
    store.setHidden("meta/");
    expect(await flips(12)).toBe(41);
  });
});

test("history has Consul's time where this machine's clock is wrong", async () => {
  const hour = 3_600_000;
  store.setClockOffset(hour);
  expect(await apply(await pinTo("2"))).toMatchObject({ ok: true });
  const facts = await alice.facts("checkout");
  expect(facts.history[0]?.at).toBe(new Date(NOW + hour).toISOString());
});

test("a restart of one track leaves another track's restart to be done", async () => {
  const restart = async (track: string | undefined) => planOf(planRestart([await alice.facts("checkout")], { services: ["checkout"], track, override: false }, { now: NOW }));
  const restarts = async () => (await alice.facts("checkout")).head?.value.restarts;
  expect(await apply(await restart("canary"))).toMatchObject({ ok: true });
  expect(await apply(await restart("stable"))).toMatchObject({ ok: true });
  expect(await restarts()).toEqual({ canary: 2, stable: 3 });
  expect(await apply(await restart(undefined))).toMatchObject({ ok: true });
  expect(await restarts()).toEqual({ "*": 4 });
});
