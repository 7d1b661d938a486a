import { beforeEach, describe, expect, test } from "vitest";
import { determineCurrent } from "../../../core/decide/current.ts";
import { planPin } from "../../../core/decide/plans/plan-pin.ts";
import { applyPlan } from "../../../core/operations/apply.ts";
import { gatherFacts } from "../../../core/operations/gather.ts";
import { gatherFleet } from "../../../core/operations/gather-fleet.ts";
import { type MemoryStore, createMemoryStore } from "../../../core/store/memory.ts";
import type { Store } from "../../../core/store/port.ts";
import { planOf } from "../decide/plans/outcome.ts";
import { instanceOf } from "../decide/facts.ts";
import { type Operator, createOperator, must } from "./operator.ts";

let store: MemoryStore;
let alice: Operator;
let requests: string[];

beforeEach(async () => {
  store = createMemoryStore();
  alice = createOperator(store);
  await alice.register("checkout", "1", "2", "3");
  must(await alice.pin("checkout", "1"));
  must(await alice.pin("checkout", "2"));
  requests = [];
});

const counted = (): Store => ({
  ...store,
  list: (folder, options) => {
    requests.push(folder);
    return store.list(folder, options);
  },
  get: (key, options) => {
    requests.push(key);
    return store.get(key, options);
  },
});
const gathered = async (options?: Parameters<typeof gatherFacts>[2], from: Store = counted()) => {
  const facts = await gatherFacts(from, "checkout", options);
  if (!facts.ok) throw new Error(JSON.stringify(facts.fault));
  return facts.value;
};
const fleet = async () => {
  const facts = await gatherFleet(counted());
  if (!facts.ok) throw new Error(JSON.stringify(facts.fault));
  return facts.value;
};

describe("routes by hand", () => {
  test.each<[string, string, RegExp]>([
    ["a mistake", "split: {2: x}\n", /line 1, column 12: split\["2"\]: a weight is a number, such as 25\. No routes was accepted before, so it is ignored/],
    ["several", "split: {2: 1, 3: -1}\nnone: x\n", /line 1, column 18: split\["3"\]: a weight is 0 or more \(and 1 more\)/],
  ])("with %s are obeyed by nobody", async (_, text, says) => {
    store.putByHand("desired/checkout/routes", text);
    const [one] = (await fleet()).services;
    for (const current of [determineCurrent(await gathered(), "rollpin"), one?.effective]) {
      expect(current).toMatchObject({ flipped: [], refused: [{ part: "routes", code: "malformed", message: expect.stringMatching(says) as string }] });
      expect(current?.state.routes).toBeUndefined();
    }
  });

  test("are obeyed; versions that hands leave afterwards are kept in the head", async () => {
    const left = async () => (await gathered()).head?.value.left;
    store.putByHand("desired/checkout/routes", "split: {2: 1}\n");
    must(await alice.config("checkout", "a"));
    expect([(await gathered()).accepted.routes, await left()]).toEqual(["split: {2: 1}\n", undefined]);
    store.putByHand("desired/checkout/pin", "1");
    must(await alice.config("checkout", "b"));
    expect(await left()).toEqual(["2"]);
    store.putByHand("desired/checkout/routes", "split: {2: 2}\n");
    must(await alice.config("checkout", "c"));
    expect(await left()).toBeUndefined();
  });
});

describe("gatherFacts", () => {
  test.each(["desired/", "releases/", "verdicts/", "instances/", "history/"])("does not take %s for empty where it may not be read", async (folder) => {
    store.setHidden(`${folder}checkout/`);
    expect(await gatherFacts(store, "checkout")).toMatchObject({ ok: false, fault: { kind: "denied" } });
  });

  test("reads the head first, and each folder once; emptiness is asked about once more", async () => {
    const facts = await gathered();
    expect(requests).toEqual(["desired/checkout/", "releases/checkout/", "verdicts/checkout/", "instances/checkout/", "history/checkout/", "verdicts/checkout/rollpin-probe", "instances/checkout/rollpin-probe"]);
    expect(facts).toMatchObject({ accepted: { pins: { stable: "2" } }, unreadable: [] });
    expect([...facts.releases.keys()]).toEqual(["1", "2", "3"]);
    expect(facts.history.map(({ revision }) => revision)).toEqual([2, 1]);
  });

  test("takes as little history as is asked for", async () => {
    const facts = await gathered({ history: 1 });
    expect(requests).toContain("history/checkout/0000000002");
    expect(facts.history.map(({ revision }) => revision)).toEqual([2]);
    expect(facts.accepted).toEqual({ pins: { stable: "2" } });
  });

  test("a condemnation that comes while it reads can't slip by: the plan conflicts", async () => {
    const slow: Store = {
      ...store,
      list: async (folder, options) => {
        if (folder === "verdicts/checkout/") {
          const before = await store.list(folder, options);
          must(await alice.judge("checkout", "3", "condemned"));
          return before;
        }
        return store.list(folder, options);
      },
    };
    const planned = planPin(await gathered({}, slow), { service: "checkout", track: "stable", version: "3", override: false }, { now: Date.now() });
    const applied = await applyPlan(store, planOf(planned), { by: "bob", now: Date.now(), planSuffix: "bbbbbb" });
    expect(applied).toMatchObject({ ok: false, fault: { kind: "refusal", refusal: { kind: "conflict" } } });
  });

  test("revisions that were made while it read are left out", async () => {
    const slow: Store = {
      ...store,
      list: async (folder, options) => {
        if (folder === "history/checkout/") must(await alice.pin("checkout", "3"));
        return store.list(folder, options);
      },
    };
    const facts = await gathered({}, slow);
    expect(facts.head?.value.revision).toBe(2);
    expect(facts.history.map(({ revision }) => revision)).toEqual([2, 1]);
  });

  test("what can't be read is named, and the rest goes on", async () => {
    store.putByHand("releases/checkout/9", "{}");
    store.putByHand("releases/checkout/8", '{"version":"7"}');
    store.putByHand("instances/checkout/x", "null");
    const facts = await gathered();
    expect(facts.unreadable.map(({ key }) => key).sort()).toEqual(["instances/checkout/x", "releases/checkout/8", "releases/checkout/9"]);
    expect(facts.releases.has("9")).toBe(false);
  });

  test("without the head's entry the accepted state is what has the head's digest", async () => {
    await store.transact([{ kind: "delete", key: "history/checkout/0000000002" }]);
    expect(await gathered()).toMatchObject({ accepted: { pins: { stable: "2" } }, unreadable: [] });
    store.putByHand("desired/checkout/pin", "3");
    expect((await gathered()).unreadable).toMatchObject([{ key: "history/checkout/0000000002" }]);
  });

  test("an unknown service has no head", async () => {
    const facts = await gatherFacts(store, "nobody");
    expect(facts).toMatchObject({ ok: true, value: { head: undefined, history: [] } });
  });

  test.each([0, 1, 2, 3, 4])("a fault of request %i is passed on", async (place) => {
    let left = place;
    const failing: Store = { ...store, list: (folder, options) => (left-- === 0 ? Promise.resolve({ ok: false, fault: { kind: "timeout", operation: "list", key: folder, afterMs: 1 } }) : store.list(folder, options)) };
    expect(await gatherFacts(failing, "checkout")).toMatchObject({ ok: false, fault: { kind: "timeout" } });
  });
});

describe("gatherFleet", () => {
  test.each(["desired/", "instances/"])("does not take %s for empty where it may not be read", async (folder) => {
    store.setHidden(folder);
    expect(await gatherFleet(store)).toMatchObject({ ok: false, fault: { kind: "denied" } });
  });

  test("reads two folders while heads and keys agree", async () => {
    await alice.register("payments", "1");
    store.putByHand("instances/checkout/a", JSON.stringify(instanceOf({ instance: "a" }).record));
    const { services } = await fleet();
    expect(requests).toEqual(["desired/", "instances/"]);
    expect(services.map(({ service, accepted, instances }) => [service, accepted.pins["stable"], instances.length])).toEqual([["checkout", "2", 1], ["payments", undefined, 0]]);
  });

  test("judges what was flipped, and says why what can't be obeyed isn't", async () => {
    store.putByHand("desired/checkout/pin", "3");
    expect((await fleet()).services[0]).toMatchObject({ accepted: { pins: { stable: "2" } }, effective: { state: { pins: { stable: "3" } }, flipped: ["pin"] } });
    store.putByHand("desired/checkout/pin", "latest");
    expect((await fleet()).services[0]?.effective).toMatchObject({ state: { pins: { stable: "2" } }, refused: [{ code: "unregistered", message: expect.stringContaining("rollpin/desired/checkout/pin holds") as string }] });
  });

  test("names what belongs to nobody", async () => {
    store.putByHand("desired/stray/pin", "1");
    store.putByHand("desired/checkout/pins", "1");
    store.putByHand("instances/ghost/a", JSON.stringify(instanceOf({ service: "ghost", instance: "a" }).record));
    store.putByHand("desired/broken/head", "?");
    const { strangers, unreadable, services } = await fleet();
    expect([...strangers].sort()).toEqual(["desired/checkout/pins", "desired/stray/pin", "instances/ghost/"]);
    expect(unreadable.map(({ key }) => key)).toEqual(["desired/broken/head"]);
    expect(services.map(({ service }) => service)).toEqual(["checkout"]);
  });
});
