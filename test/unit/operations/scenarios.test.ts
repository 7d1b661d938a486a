import { beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../../core/decide/digest.ts";
import { determineCurrent } from "../../../core/decide/current.ts";
import { planRestart } from "../../../core/decide/plans/plan-restart.ts";
import { planFreeze, planUnfreeze } from "../../../core/decide/plans/plan-freeze.ts";
import { planRoutes } from "../../../core/decide/plans/plan-routes.ts";
import { planUndo } from "../../../core/decide/plans/plan-undo.ts";
import type { ServiceFacts } from "../../../core/model/facts.ts";
import { type MemoryStore, createMemoryStore } from "../../../core/store/memory.ts";
import { planOf } from "../decide/plans/outcome.ts";
import { type Done, type Operator, createOperator, describeBrokenHistory, must } from "./operator.ts";

const A = "1.0.0";
const B = "1.1.0";
const C = "1.2.0";
let store: MemoryStore;
let alice: Operator;

beforeEach(async () => {
  store = createMemoryStore();
  alice = createOperator(store);
  await alice.register("checkout", A, B, C);
  await alice.register("payments", A, B, C);
});

const pinOf = async (service = "checkout"): Promise<string | undefined> => (await alice.facts(service)).accepted.pins["stable"];
const rawPin = async (key = "desired/checkout/pin"): Promise<string | undefined> => {
  const read = await store.get(key);
  return read.ok && read.value !== undefined ? Buffer.from(read.value.value).toString() : undefined;
};
const verdictsOf = async (service = "checkout"): Promise<Record<string, string>> => Object.fromEntries([...(await alice.facts(service)).verdicts].map(([version, { value }]) => [version, value.verdict]));

describe("routes that a hand deleted", () => {
  const ROUTES = `split: {${B}: 5, pin: 95}`;
  const planRoutesTo = (text: string | undefined) => alice.change(["checkout"], ([facts], context) => planRoutes(facts as ServiceFacts, { service: "checkout", text, override: false }, context));
  const stands = () => rawPin("desired/checkout/routes");

  beforeEach(async () => {
    must(await alice.pin("checkout", A));
    must(await planRoutesTo(ROUTES));
    await store.transact([{ kind: "delete", key: "desired/checkout/routes" }]);
  });

  test("go on, and history doesn't take it for a change", async () => {
    const facts = await alice.facts("checkout");
    expect(determineCurrent(facts)).toMatchObject({ state: { routes: ROUTES }, refused: [{ part: "routes", code: "vanished" }] });
    must(await alice.config("checkout", "a: 1"));
    expect((await alice.facts("checkout")).history.map(({ kind, after }) => [kind, after.routes])).toEqual([["config", ROUTES], ["routes", ROUTES], ["pin", undefined]]);
    expect(await stands()).toBeUndefined();
  });

  test("are gone for good by route clear, which is then the accepted state", async () => {
    must(await planRoutesTo(undefined));
    const facts = await alice.facts("checkout");
    expect(facts.accepted.routes).toBeUndefined();
    expect(determineCurrent(facts).refused).toEqual([]);
    must(await alice.undo("checkout"));
    expect(await stands()).toBe(ROUTES);
  });

  test.each<[string, () => Promise<Done>]>([
    ["a rollback of the routes only", () => alice.rollback("checkout", { only: "routes" })],
    ["the same routes set again", () => planRoutesTo(ROUTES)],
  ])("are put back by %s", async (_name, put) => {
    must(await put());
    expect(await stands()).toBe(ROUTES);
    expect(determineCurrent(await alice.facts("checkout")).refused).toEqual([]);
    expect(await verdictsOf()).toEqual({});
  });
});

describe("rollback", () => {
  test("twice never returns to the bad version", async () => {
    for (const version of [A, B, C]) must(await alice.pin("checkout", version));
    must(await alice.rollback("checkout"));
    expect(await pinOf()).toBe(B);
    must(await alice.rollback("checkout"));
    expect(await pinOf()).toBe(A);
    expect(await alice.rollback("checkout")).toMatchObject({ ok: false, fault: { kind: "refused", check: "target" } });
    expect(await rawPin()).toBe(A);
    expect(await verdictsOf()).toEqual({ [C]: "condemned", [B]: "condemned" });
  });

  test("over a hand flip goes back to what was before it, and the flip stands in history", async () => {
    must(await alice.pin("checkout", A));
    store.putByHand("desired/checkout/pin", `${B}\n`);
    must(await alice.rollback("checkout"));
    const { history } = await alice.facts("checkout");
    expect(history.map(({ kind, by, after }) => [kind, by, after.pins["stable"]])).toEqual([["rollback", "alice", A], ["external", "external", B], ["pin", "alice", A]]);
    expect(await verdictsOf()).toEqual({ [B]: "condemned" });
  });

  test("over garbage restores what was accepted and condemns nothing", async () => {
    must(await alice.pin("checkout", A));
    must(await alice.pin("checkout", B));
    store.putByHand("desired/checkout/pin", "../../x");
    must(await alice.rollback("checkout"));
    expect(await rawPin()).toBe(B);
    expect(await verdictsOf()).toEqual({});
    expect((await alice.facts("checkout")).history.map(({ kind }) => kind)).toEqual(["rollback", "pin", "pin"]);
  });

  test("of two services is one plan with one id", async () => {
    for (const service of ["checkout", "payments"]) for (const version of [A, B]) must(await alice.pin(service, version));
    const { id, services, commitIndex } = must(await alice.rollback(["checkout", "payments"]));
    expect(services).toEqual([{ service: "checkout", revision: 3 }, { service: "payments", revision: 3 }]);
    for (const service of ["checkout", "payments"]) {
      const facts = await alice.facts(service);
      expect(facts.history[0]).toMatchObject({ plan: id, services: { checkout: 3, payments: 3 } });
      expect(facts.head?.modifyIndex).toBe(commitIndex);
    }
  });

  test("fifteen services fit one transaction, more are refused by name", async () => {
    const services = Array.from({ length: 17 }, (_, place) => `service-${place}`);
    for (const service of services) {
      await alice.register(service, A, B);
      must(await alice.pin(service, A));
      must(await alice.pin(service, B));
    }
    expect(await alice.rollback(services)).toMatchObject({ ok: false, fault: { kind: "refused", check: "transaction-size", message: expect.stringContaining("64") as string } });
    expect(await pinOf("service-0")).toBe(B);
    must(await alice.rollback(services.slice(0, 15)));
    for (const service of services.slice(0, 15)) expect(await pinOf(service)).toBe(A);
  });
});

describe("undo", () => {
  const snapshot = async () => {
    const facts = await alice.facts("checkout");
    return { accepted: facts.accepted, verdicts: [...facts.verdicts].map(([version, { value }]) => [version, value]), pin: await rawPin(), config: await rawPin("desired/checkout/config") };
  };

  test("of a rollback is exact, verdicts included, and so is the undo of that", async () => {
    must(await alice.pin("checkout", A));
    must(await alice.pin("checkout", B));
    must(await alice.judge("checkout", B, "good"));
    const before = await snapshot();
    must(await alice.rollback("checkout"));
    const after = await snapshot();
    must(await alice.undo("checkout"));
    expect(await snapshot()).toEqual(before);
    must(await alice.undo("checkout"));
    expect(await snapshot()).toEqual(after);
    must(await alice.undo("checkout"));
    expect(await snapshot()).toEqual(before);
  });

  test("removes what wasn't there", async () => {
    must(await alice.config("checkout", "a: 1"));
    must(await alice.undo("checkout"));
    expect(await rawPin("desired/checkout/config")).toBeUndefined();
    must(await alice.undo("checkout"));
    expect(await rawPin("desired/checkout/config")).toBe("a: 1");
  });

  test("of a flip by hand puts the key back", async () => {
    must(await alice.pin("checkout", A));
    store.putByHand("desired/checkout/pin", B);
    await alice.change(["checkout"], () => ({ ok: false, fault: { kind: "nothing-to-change", message: "" } }));
    must(await alice.undo("checkout"));
    expect(await rawPin()).toBe(A);
  });

  test("takes back the newest plan only, by id with or without its end", async () => {
    const { id } = must(await alice.pin("checkout", A));
    must(await alice.pin("checkout", B));
    for (const plan of [id, "checkout.1"]) expect(await alice.undo("checkout", plan)).toMatchObject({ ok: false, fault: { kind: "conflict", message: expect.stringContaining("revision 2 (pin) by alice") as string } });
    expect(await alice.undo("checkout", "checkout.2-zzzzzz")).toMatchObject({ ok: false, fault: { kind: "usage" } });
    must(await alice.undo("checkout", "checkout.2"));
    expect(await pinOf()).toBe(A);
  });

  test("of a group can be asked of any of its services", async () => {
    for (const service of ["checkout", "payments"]) for (const version of [A, B]) must(await alice.pin(service, version));
    must(await alice.rollback(["checkout", "payments"]));
    must(await alice.undo("payments"));
    expect([await pinOf("checkout"), await pinOf("payments")]).toEqual([B, B]);
    expect([await verdictsOf("checkout"), await verdictsOf("payments")]).toEqual([{}, {}]);
  });

  test("a later change of any of its services is in its way", async () => {
    for (const service of ["checkout", "payments"]) for (const version of [A, B]) must(await alice.pin(service, version));
    must(await alice.rollback(["checkout", "payments"]));
    must(await alice.pin("payments", C));
    expect(await alice.undo("checkout")).toMatchObject({ ok: false, fault: { kind: "conflict", message: expect.stringContaining("payments") as string } });
  });

  test("of a restart is nothing to change", async () => {
    must(await alice.change(["checkout"], (facts, context) => planRestart(facts, { services: ["checkout"], track: undefined, override: false }, context)));
    expect(await alice.undo("checkout")).toMatchObject({ ok: false, fault: { kind: "nothing-to-change" } });
  });

  test("has nothing to say of a verdict that somebody put back already", async () => {
    must(await alice.pin("checkout", A));
    must(await alice.pin("checkout", B));
    const { id } = must(await alice.rollback("checkout"));
    must(await alice.judge("checkout", B, undefined));
    const undo = planOf(planUndo([await alice.facts("checkout")], { plan: id, override: false }, { now: Date.now() }));
    expect(undo.services[0]?.verdicts).toEqual([]);
    expect(undo.notes).toEqual([]);
  });

  test("leaves a verdict that somebody changed since", async () => {
    must(await alice.pin("checkout", A));
    must(await alice.pin("checkout", B));
    must(await alice.rollback("checkout"));
    must(await alice.judge("checkout", B, "good"));
    must(await alice.undo("checkout"));
    expect(await verdictsOf()).toEqual({ [B]: "good" });
  });
});

describe("heads", () => {
  test("a freeze stands in the head, gets no revision, and stops what goes forward", async () => {
    must(await alice.pin("checkout", A));
    must(await alice.change(["checkout"], (facts, context) => planFreeze(facts, { services: ["checkout"], scope: "forward", until: undefined, reason: "fair" }, context)));
    expect(await alice.pin("checkout", B)).toMatchObject({ ok: false, fault: { check: "frozen", message: expect.stringContaining("frozen (forward) by alice") as string } });
    const { head, history } = await alice.facts("checkout");
    expect(head?.value).toMatchObject({ revision: 1, freeze: { scope: "forward", by: "alice", reason: "fair" } });
    expect(history).toHaveLength(1);
    must(await alice.change(["checkout"], (facts, context) => planUnfreeze(facts, { services: ["checkout"] }, context)));
    must(await alice.pin("checkout", B));
    expect((await alice.facts("checkout")).head?.value.freeze).toBeUndefined();
  });

  test("the digest is that of what is accepted, and agents see nothing to judge after a plan", async () => {
    must(await alice.pin("checkout", A));
    must(await alice.config("checkout", "a: 1"));
    must(await alice.rollback("checkout", { target: { kind: "revision", revision: 1 } }));
    const facts = await alice.facts("checkout");
    expect(facts.head?.value.digest).toBe(digestOf(facts.accepted));
    expect(determineCurrent(facts)).toEqual({ state: facts.accepted, refused: [], flipped: [], overrides: [] });
    expect(describeBrokenHistory(facts)).toEqual({ ok: true, value: undefined });
  });

  test("a condemned version that was flipped to with !override is adopted, and stays although it is condemned", async () => {
    must(await alice.judge("checkout", B, "condemned"));
    store.putByHand("desired/checkout/pin", `${B} !override`);
    must(await alice.config("checkout", "x"));
    const facts = await alice.facts("checkout");
    expect(facts.history[1]).toMatchObject({ kind: "external", overrides: ["condemned"] });
    expect(determineCurrent(facts).refused).toEqual([]);
  });

  test("time never runs backwards, whatever the clocks say", async () => {
    must(await createOperator(store, "early", () => Date.parse("2030-01-01T00:00:00Z")).pin("checkout", A));
    must(await createOperator(store, "late", () => Date.parse("2029-01-01T00:00:00Z")).pin("checkout", B));
    const { history } = await alice.facts("checkout");
    expect(history.map(({ at }) => at)).toEqual(["2030-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z"]);
  });
});
