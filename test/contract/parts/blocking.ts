import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../core/model/fault.ts";
import type { Fixture } from "../store-contract.ts";
import { must, mustFail, text } from "../must.ts";

/** Whether it answers before `ms` are over. */
async function answersWithin<T>(answer: Promise<Outcome<T>>, ms: number): Promise<boolean> {
  const late = Symbol("late");
  return (await Promise.race([answer, new Promise((resolve) => setTimeout(() => resolve(late), ms))])) !== late;
}

const LONG = { waitMs: 30_000 };

export function describeBlocking({ world, fresh }: Fixture): void {
  const put = (prefix: string, key: string, value: string): Promise<void> => world().putByHand(`${prefix}/${key}`, value);

  describe("blocking queries", () => {
    test("answer at once from index 0, and where the index has advanced already", async () => {
      const store = fresh();
      await put(store.prefix, "a/pin", "1");
      const before = must(await store.block("a/", 0, LONG));
      expect(before.entries).toHaveLength(1);
      await put(store.prefix, "a/pin", "2");
      expect(text(must(await store.block("a/", before.queryIndex, LONG)).entries[0]?.value)).toBe("2");
    });

    test("wake for a write below their folder, a new key and a removed one", async () => {
      const store = fresh();
      const writer = world().client(store.prefix);
      await put(store.prefix, "a/head", "1");
      let index = must(await store.list("a/")).queryIndex;
      const steps: readonly (readonly [() => Promise<unknown>, readonly string[]])[] = [
        [() => put(store.prefix, "a/head", "2"), ["a/head"]],
        [() => put(store.prefix, "a/pin", "1"), ["a/head", "a/pin"]],
        [() => writer.transact([{ kind: "delete", key: "a/pin" }]), ["a/head"]],
      ];
      for (const [write, keys] of steps) {
        const parked = store.block("a/", index, LONG);
        await write();
        const reading = must(await parked);
        expect(reading.entries.map((entry) => entry.key)).toEqual(keys);
        expect(reading.queryIndex).toBeGreaterThan(index);
        index = reading.queryIndex;
      }
    });

    test("sleep through a neighbour's writes, the same value again and a lost check", async () => {
      const store = fresh();
      const writer = world().client(store.prefix);
      await put(store.prefix, "a/head", "1");
      const { queryIndex } = must(await store.list("a/"));
      const parked = store.block("a/", queryIndex, { waitMs: 1_500 });
      await put(store.prefix, "ab/head", "1");
      await put(store.prefix, "b/head", "1");
      await put(store.prefix, "a/head", "1");
      mustFail(await writer.transact([{ kind: "create", key: "a/head", value: "3" }]), "conflict");
      expect(await answersWithin(parked, 300)).toBe(false);
      expect(must(await parked).queryIndex).toBe(queryIndex);
    });

    test("a folder in which nothing ever was wakes for its neighbours", async () => {
      const store = fresh();
      const { queryIndex } = must(await store.list("empty/"));
      const parked = store.block("empty/", queryIndex, LONG);
      await put(store.prefix, "emptx/pin", "1");
      const reading = must(await parked);
      expect(reading.entries).toEqual([]);
      expect(reading.queryIndex).toBeGreaterThan(queryIndex);
    });

    test("one transaction over several keys is one wake-up with all of them", async () => {
      const store = fresh();
      const writer = world().client(store.prefix);
      await put(store.prefix, "a/head", "1");
      const { queryIndex } = must(await store.list("a/"));
      const parked = store.block("a/", queryIndex, LONG);
      must(await writer.transact(["a/config", "a/pin", "a/routes"].map((key) => ({ kind: "create", key, value: "v" }) as const)));
      expect(must(await parked).entries).toHaveLength(4);
    });

    test("an index above Consul's own waits the whole time and answers with the lower one", async () => {
      const store = fresh();
      await put(store.prefix, "a/head", "1");
      const { queryIndex } = must(await store.list("a/"));
      const reading = must(await store.block("a/", queryIndex + 1_000_000, { waitMs: 300 }));
      expect(reading.queryIndex).toBe(queryIndex);
    });

    test("end when the signal fires, and when the store is closed", async () => {
      const store = fresh();
      await put(store.prefix, "a/head", "1");
      const { queryIndex } = must(await store.list("a/"));
      const abort = new AbortController();
      const parked = store.block("a/", queryIndex, { ...LONG, signal: abort.signal });
      expect(await answersWithin(parked, 100)).toBe(false);
      abort.abort();
      mustFail(await parked, "aborted");
      const again = store.block("a/", queryIndex, LONG);
      expect(await answersWithin(again, 100)).toBe(false);
      store.close();
      mustFail(await again, "aborted");
    });

    test("don't hold up other calls", async () => {
      const store = fresh();
      await put(store.prefix, "a/head", "1");
      const { queryIndex } = must(await store.list("a/"));
      const parked = store.block("a/", queryIndex, LONG);
      for (let at = 0; at < 20; at += 1) must(await store.get("a/head"));
      expect(await answersWithin(parked, 50)).toBe(false);
      must(await store.transact([{ kind: "create", key: "a/pin", value: "1" }]));
      expect(must(await parked).entries).toHaveLength(2);
    });

    test("a restored snapshot is answered with the data from before, once; a new read has the restored", async () => {
      const store = fresh();
      await put(store.prefix, "a/head", "before");
      const { queryIndex: saved } = must(await store.list("a/"));
      const restore = await world().snapshot();
      await put(store.prefix, "a/head", "after");
      const { queryIndex } = must(await store.list("a/"));
      const parked = store.block("a/", queryIndex, LONG);
      expect(await answersWithin(parked, 100)).toBe(false);
      await restore();
      const last = must(await parked);
      expect([text(last.entries[0]?.value), last.queryIndex]).toEqual(["after", queryIndex]);
      const restored = must(await store.list("a/"));
      expect([text(restored.entries[0]?.value), restored.queryIndex]).toEqual(["before", saved]);
    });
  });
}
