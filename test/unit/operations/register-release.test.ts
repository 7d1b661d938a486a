import { expect, test } from "vitest";
import { digestOf } from "../../../core/decide/digest.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import { createMemoryStore, createMemoryWorld } from "../../../core/store/memory.ts";
import type { Store } from "../../../core/store/port.ts";
import { createOperator, must } from "./operator.ts";

const who = { by: "agent", now: Date.parse("2026-03-01T00:00:00.000Z") };
const release = { version: "1.0.0+b5", commit: "abc", requires: { payments: "^2" } };

test("is created once; the same again is no error, other content is", async () => {
  const store = createMemoryStore();
  expect(await registerRelease(store, "checkout", release, who)).toEqual({ ok: true, value: "created" });
  expect(await registerRelease(store, "checkout", { requires: { payments: "^2" }, version: "1.0.0+b5", commit: "abc" }, who)).toEqual({ ok: true, value: "same" });
  const other = await registerRelease(store, "checkout", { ...release, commit: "def" }, who);
  expect(other).toMatchObject({ ok: false, fault: { kind: "different", existing: { value: release }, message: expect.stringContaining('commit: there "abc", given "def"') as string } });
});

test("makes the service known, at revision 0 with the digest of nothing", async () => {
  const store = createMemoryStore();
  await registerRelease(store, "checkout", release, who);
  expect((await createOperator(store).facts("checkout")).head?.value).toEqual({ revision: 0, digest: digestOf({ pins: {} }), at: "2026-03-01T00:00:00.000Z", by: "agent" });
});

test("leaves a head alone that is there, and makes one that somebody removed", async () => {
  const store = createMemoryStore();
  const alice = createOperator(store);
  await alice.register("checkout", "1");
  must(await alice.pin("checkout", "1"));
  await alice.register("checkout", "2");
  expect((await alice.facts("checkout")).head?.value.revision).toBe(1);
  await store.transact([{ kind: "delete", key: "desired/checkout/head" }]);
  expect(await registerRelease(store, "checkout", { version: "2" }, who)).toEqual({ ok: true, value: "same" });
  expect((await alice.facts("checkout")).head?.value.revision).toBe(0);
});

test("two hundred agents at once: one creates, all go on", async () => {
  const world = createMemoryWorld();
  const done = await Promise.all(Array.from({ length: 200 }, () => registerRelease(world.client(), "checkout", release, who)));
  expect(done.filter((one) => one.ok && one.value === "created")).toHaveLength(1);
  expect(done.every(({ ok }) => ok)).toBe(true);
});

test.each([[true], [false]])("an unknown outcome is settled by reading (it was carried out: %s)", async (applied) => {
  const store = createMemoryStore();
  let first = true;
  const flaky: Store = {
    ...store,
    transact: async (operations, options) => {
      if (!first) return store.transact(operations, options);
      first = false;
      if (applied) await store.transact(operations, options);
      return { ok: false, fault: { kind: "unknown-outcome", operation: "transact", cause: "reset" } };
    },
  };
  expect(await registerRelease(flaky, "checkout", release, who)).toEqual({ ok: true, value: "created" });
});

test("a record that can't be read is different, and is left alone", async () => {
  const store = createMemoryStore();
  store.putByHand("releases/checkout/1.0.0+b5", "{");
  expect(await registerRelease(store, "checkout", release, who)).toMatchObject({ ok: false, fault: { kind: "different", existing: undefined } });
});

test("a fault of the store is passed on", async () => {
  const store = createMemoryStore();
  store.failNext("denied");
  expect(await registerRelease(store, "checkout", release, who)).toMatchObject({ ok: false, fault: { kind: "denied" } });
});
