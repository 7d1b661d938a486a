import { describe, expect, test } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import type { StoreFault } from "../../../core/model/fault.ts";
import type { Reading, Store } from "../../../core/store/port.ts";
import { watchFolder } from "../../../core/store/watch.ts";
import { until } from "../../support/until.ts";
import type { Fixture } from "../store-contract.ts";
import { must, text } from "../must.ts";

export interface Watched {
  readonly readings: Reading[];
  readonly faults: StoreFault[];
  /** Good answers so far, changed or not. */
  readonly answers: () => number;
  /** The value of a key in the newest reading. */
  latest(key: string): string | undefined;
  stop(): Promise<void>;
}

export function startWatch(store: Store, folder: string, waitMs = 30_000): Watched {
  const readings: Reading[] = [];
  const faults: StoreFault[] = [];
  let answers = 0;
  const ending = new AbortController();
  const watching = watchFolder(
    store,
    folder,
    { onReading: (reading) => readings.push(reading), onFault: (fault) => faults.push(fault), onAlive: () => void (answers += 1) },
    { clock: systemClock, random: Math.random, signal: ending.signal, waitMs },
  );
  return {
    readings,
    faults,
    answers: () => answers,
    latest: (key) => text(readings.at(-1)?.entries.find((entry) => entry.key === key)?.value),
    stop: async () => {
      ending.abort();
      await watching;
    },
  };
}

export function describeWatching({ world, fresh }: Fixture): void {
  describe("watching", () => {
    test("the last of 1,000 quick writes is never lost", async () => {
      const store = fresh();
      const key = `${store.prefix}/a/pin`;
      await world().putByHand(key, "none");
      const watched = startWatch(store, "a/");
      for (let at = 1; at <= 1_000; at += 1) await world().putByHand(key, `v${at}`);
      await until("the last value", () => watched.latest("a/pin") === "v1000");
      const seen = watched.readings.map((reading) => reading.queryIndex);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      await watched.stop();
      expect(watched.faults).toEqual([]);
    });

    test("A, B, A is told from silence", async () => {
      const store = fresh();
      const key = `${store.prefix}/a/pin`;
      await world().putByHand(key, "A");
      const watched = startWatch(store, "a/");
      const first = await until("the first reading", () => watched.readings.at(-1));
      await world().putByHand(key, "B");
      await world().putByHand(key, "A");
      await until("a newer A", () => watched.latest("a/pin") === "A" && (watched.readings.at(-1)?.queryIndex ?? 0) > first.queryIndex);
      await watched.stop();
    });

    test("waits that end without a change deliver nothing, and neighbours wake nobody", async () => {
      const store = fresh();
      await world().putByHand(`${store.prefix}/a/head`, "1");
      const watched = startWatch(store, "a/", 100);
      await until("the first reading", () => watched.readings.length === 1);
      await until("four more answers", async () => {
        await world().putByHand(`${store.prefix}/b/head`, String(watched.answers()));
        return watched.answers() > 4;
      });
      await world().putByHand(`${store.prefix}/a/head`, "2");
      await until("the change", () => watched.latest("a/head") === "2");
      await watched.stop();
      expect(watched.readings).toHaveLength(2);
    });

    test("an emptied folder is delivered as empty, once", async () => {
      const store = fresh();
      const writer = world().client(store.prefix);
      await world().putByHand(`${store.prefix}/a/head`, "1");
      const watched = startWatch(store, "a/");
      await until("the first reading", () => watched.readings.length === 1);
      must(await writer.transact([{ kind: "delete", key: "a/head" }]));
      await until("emptiness", () => watched.readings.at(-1)?.entries.length === 0);
      await watched.stop();
      expect(watched.readings).toHaveLength(2);
      expect(watched.faults).toEqual([]);
    });

    test("a restored snapshot is delivered though its index is lower, and later writes too", async () => {
      const store = fresh();
      const key = `${store.prefix}/a/head`;
      await world().putByHand(key, "before");
      const restore = await world().snapshot();
      await world().putByHand(key, "after");
      const watched = startWatch(store, "a/");
      await until("the newer value", () => watched.latest("a/head") === "after");
      await restore();
      await until("the restored value", () => watched.latest("a/head") === "before", { deadlineMs: 5_000 });
      await world().putByHand(key, "later");
      await until("the later value", () => watched.latest("a/head") === "later", { deadlineMs: 5_000 });
      await watched.stop();
    });
  });
}
