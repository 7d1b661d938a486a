import { describe, expect, test } from "vitest";
import type { Fixture } from "../store-contract.ts";
import { must, mustFail, text } from "../must.ts";

export function describeReading({ world, fresh }: Fixture): void {
  describe("reading", () => {
    test("a key that isn't there is undefined, an empty folder is an empty list", async () => {
      const store = fresh();
      expect(must(await store.get("desired/checkout/pin"))).toBeUndefined();
      const reading = must(await store.list("desired/checkout/"));
      expect(reading.entries).toEqual([]);
      expect(reading.queryIndex).toBeGreaterThan(0);
      expect(must(await store.keys("desired/checkout/"))).toEqual([]);
    });

    test("lists what is below a folder and nothing beside it, by key, with indexes and Consul's time", async () => {
      const store = fresh();
      for (const key of ["a/b/pin", "a/b/head", "a/b/deeper/still", "a/bc/pin", "a/b"]) await world().putByHand(`${store.prefix}/${key}`, key);
      const reading = must(await store.list("a/b/"));
      expect(reading.entries.map((entry) => entry.key)).toEqual(["a/b/deeper/still", "a/b/head", "a/b/pin"]);
      expect(reading.entries.map((entry) => text(entry.value))).toEqual(["a/b/deeper/still", "a/b/head", "a/b/pin"]);
      expect(reading.queryIndex).toBe(Math.max(...reading.entries.map((entry) => entry.modifyIndex)));
      expect(Math.abs((reading.date ?? 0) - Date.now())).toBeLessThan(5_000);
      expect(must(await store.keys("a/b/"))).toEqual(["a/b/deeper/still", "a/b/head", "a/b/pin"]);
      expect(must(await store.list("a/b/h")).entries.map((entry) => entry.key)).toEqual(["a/b/head"]);
    });

    test.each(["1.4.2+build.7", "1.0.0-rc.1", "a b", "ü", "100%", "q?x=1", "#", "a+b&c=d", "{key}", "'", '"'])("a key that ends in %j is read, listed and written under just that name", async (name) => {
      const store = fresh();
      const key = `releases/checkout/${name}`;
      must(await store.transact([{ kind: "create", key, value: name }]));
      expect(text(must(await store.get(key))?.value)).toBe(name);
      expect(must(await store.keys("releases/checkout/"))).toEqual([key]);
      expect(must(await store.list(key)).entries).toHaveLength(1);
    });

    test("bytes stay bytes, and an empty value is one", async () => {
      const store = fresh();
      const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
      await world().putByHand(`${store.prefix}/bytes`, bytes);
      await world().putByHand(`${store.prefix}/empty`, "");
      expect(Buffer.from(must(await store.get("bytes"))?.value ?? []).equals(bytes)).toBe(true);
      expect(must(await store.get("empty"))?.value).toHaveLength(0);
    });

    test.each(["default", "consistent", "stale"] as const)("reads with %s consistency", async (consistency) => {
      const store = fresh();
      must(await store.transact([{ kind: "create", key: "k", value: "v" }]));
      expect(text(must(await store.get("k", { consistency }))?.value)).toBe("v");
      expect(must(await store.list("", { consistency })).entries).toHaveLength(1);
    });

    test("a signal that fired already asks nothing", async () => {
      const store = fresh();
      const signal = AbortSignal.abort();
      mustFail(await store.get("k", { signal }), "aborted");
      mustFail(await store.list("", { signal }), "aborted");
      mustFail(await store.transact([{ kind: "create", key: "k", value: "v" }], { signal }), "aborted");
      expect(must(await store.get("k"))).toBeUndefined();
    });

    test("after close every call is aborted", async () => {
      const store = fresh();
      must(await store.get("k"));
      store.close();
      mustFail(await store.get("k"), "aborted");
    });
  });
}
