import { describe, expect, test } from "vitest";
import { MOST_OPERATIONS, MOST_TRANSACTION_BYTES, type Entry, type Operation, type Store } from "../../../core/store/port.ts";
import type { Fixture } from "../store-contract.ts";
import { must, mustFail, text } from "../must.ts";

async function read(store: Store, key: string): Promise<Entry> {
  const entry = must(await store.get(key));
  if (entry === undefined) throw new Error(`no key ${key}`);
  return entry;
}

async function create(store: Store, key: string, value = "v"): Promise<Entry> {
  must(await store.transact([{ kind: "create", key, value }]));
  return read(store, key);
}

export function describeTransactions({ world, fresh }: Fixture): void {
  describe("transactions", () => {
    test("create makes a key once", async () => {
      const store = fresh();
      const committed = must(await store.transact([{ kind: "create", key: "a", value: "1" }]));
      const entry = await read(store, "a");
      expect(entry).toMatchObject({ key: "a", createIndex: committed.modifyIndex, modifyIndex: committed.modifyIndex });
      const fault = mustFail(await store.transact([{ kind: "create", key: "a", value: "1" }]), "conflict");
      expect(fault.failures).toEqual([{ index: 0, key: `${store.prefix}/a`, what: expect.stringContaining("index is stale") as string }]);
    });

    test("replace takes the index that was read, once", async () => {
      const store = fresh();
      const { modifyIndex, createIndex } = await create(store, "a");
      const committed = must(await store.transact([{ kind: "replace", key: "a", value: "2", modifyIndex }]));
      expect(committed.modifyIndex).toBeGreaterThan(modifyIndex);
      expect(await read(store, "a")).toMatchObject({ createIndex, modifyIndex: committed.modifyIndex });
      mustFail(await store.transact([{ kind: "replace", key: "a", value: "3", modifyIndex }]), "conflict");
      mustFail(await store.transact([{ kind: "replace", key: "missing", value: "3", modifyIndex }]), "conflict");
      expect(text((await read(store, "a")).value)).toBe("2");
    });

    test("the same value again has no new index", async () => {
      const store = fresh();
      const { modifyIndex } = await create(store, "a", "same");
      expect(must(await store.transact([{ kind: "replace", key: "a", value: "same", modifyIndex }])).modifyIndex).toBe(modifyIndex);
      expect((await read(store, "a")).modifyIndex).toBe(modifyIndex);
    });

    test("remove takes the index that was read; what is gone already is no failure", async () => {
      const store = fresh();
      const { modifyIndex } = await create(store, "a");
      mustFail(await store.transact([{ kind: "remove", key: "a", modifyIndex: modifyIndex + 1 }]), "conflict");
      expect(must(await store.transact([{ kind: "remove", key: "a", modifyIndex }])).modifyIndex).toBe(0);
      expect(must(await store.get("a"))).toBeUndefined();
      must(await store.transact([{ kind: "remove", key: "a", modifyIndex }]));
    });

    test("delete asks nothing", async () => {
      const store = fresh();
      await create(store, "a");
      must(await store.transact([{ kind: "delete", key: "a" }, { kind: "delete", key: "missing" }]));
      expect(must(await store.get("a"))).toBeUndefined();
    });

    test("expect and expect-absent check without writing", async () => {
      const store = fresh();
      const { modifyIndex } = await create(store, "a");
      expect(must(await store.transact([{ kind: "expect", key: "a", modifyIndex }, { kind: "expect-absent", key: "b" }])).modifyIndex).toBe(0);
      const fault = mustFail(await store.transact([{ kind: "expect", key: "a", modifyIndex: modifyIndex + 1 }, { kind: "expect-absent", key: "a" }, { kind: "expect", key: "b", modifyIndex }]), "conflict");
      expect(fault.failures.map(({ index, key }) => [index, key])).toEqual([0, 1, 2].map((at) => [at, `${store.prefix}/${at === 2 ? "b" : "a"}`]));
    });

    test("all or nothing, and every refusal is named with its place", async () => {
      const store = fresh();
      await create(store, "there");
      const operations: Operation[] = [
        { kind: "create", key: "new", value: "1" },
        { kind: "create", key: "there", value: "1" },
        { kind: "delete", key: "there" },
        { kind: "replace", key: "missing", value: "1", modifyIndex: 7 },
      ];
      const fault = mustFail(await store.transact(operations), "conflict");
      expect(fault.failures.map((failure) => failure.index)).toEqual([1, 3]);
      expect(must(await store.list("")).entries.map((entry) => entry.key)).toEqual(["there"]);
    });

    test("all keys of one transaction get one index", async () => {
      const store = fresh();
      const committed = must(await store.transact([1, 2, 3].map((at) => ({ kind: "create", key: `k${at}`, value: "v" }) as const)));
      expect(new Set(must(await store.list("")).entries.map((entry) => entry.modifyIndex))).toEqual(new Set([committed.modifyIndex]));
      expect(Math.abs((committed.date ?? 0) - Date.now())).toBeLessThan(5_000);
    });

    test("takes as many operations and bytes as it says, and refuses more without writing", async () => {
      const store = fresh();
      const many = (count: number): Operation[] => Array.from({ length: count }, (_, at) => ({ kind: "create", key: `many/${at}`, value: "v" }));
      mustFail(await store.transact(many(MOST_OPERATIONS + 1)), "too-large");
      expect(must(await store.keys(""))).toEqual([]);
      must(await store.transact(many(MOST_OPERATIONS)));
      const big = (bytes: number): Operation[] => [{ kind: "create", key: "big", value: "x".repeat(bytes) }];
      mustFail(await store.transact(big(MOST_TRANSACTION_BYTES)), "too-large");
      must(await store.transact(big(Math.floor(MOST_TRANSACTION_BYTES * 0.74))));
    });

    test("of 20 clients that replace the same index, one wins", async () => {
      const store = fresh();
      const { modifyIndex } = await create(store, "a");
      const rivals = Array.from({ length: 20 }, () => world().client(store.prefix));
      const outcomes = await Promise.all(rivals.map((rival, at) => rival.transact([{ kind: "replace", key: "a", value: `rival ${at}`, modifyIndex }])));
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
      const winner = outcomes.findIndex((outcome) => outcome.ok);
      expect(text((await read(store, "a")).value)).toBe(`rival ${winner}`);
      for (const rival of rivals) rival.close();
    });
  });
}
