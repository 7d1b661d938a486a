import { describe, expect, test } from "vitest";
import type { Store } from "../../../core/store/port.ts";
import type { Fixture } from "../store-contract.ts";
import { must, mustFail, text } from "../must.ts";

const session = async (store: Store): Promise<string> => must(await store.sessions.create({ name: "contract", ttlMs: 10_000 }));
const NO_SESSION = "11111111-2222-4333-8444-555555555555";

export function describeSessions({ world, fresh }: Fixture): void {
  describe("sessions", () => {
    test("a lock holds a key, writes it, and can be taken again by its holder only", async () => {
      const store = fresh();
      const [mine, other] = [await session(store), await session(store)];
      const first = must(await store.transact([{ kind: "lock", key: "k", value: "1", session: mine }]));
      expect(must(await store.get("k"))).toMatchObject({ session: mine, modifyIndex: first.modifyIndex });
      must(await store.transact([{ kind: "lock", key: "k", value: "2", session: mine }]));
      expect(text(must(await store.get("k"))?.value)).toBe("2");
      const fault = mustFail(await store.transact([{ kind: "lock", key: "k", value: "3", session: other }]), "conflict");
      expect(fault.failures).toMatchObject([{ index: 0, key: `${store.prefix}/k` }]);
      expect(must(await store.get("k"))).toMatchObject({ session: mine });
    });

    test("its holder alone can unlock a key, which stays with its last value, free at once", async () => {
      const store = fresh();
      const [mine, other] = [await session(store), await session(store)];
      must(await store.transact([{ kind: "lock", key: "k", value: "1", session: mine }]));
      mustFail(await store.transact([{ kind: "unlock", key: "k", value: "2", session: other }]), "conflict");
      const { modifyIndex } = must(await store.transact([{ kind: "unlock", key: "k", value: "3", session: mine }]));
      const left = must(await store.get("k"));
      expect(text(left?.value)).toBe("3");
      expect(left).toMatchObject({ modifyIndex });
      expect(left?.session).toBeUndefined();
      mustFail(await store.transact([{ kind: "unlock", key: "k", value: "4", session: mine }]), "conflict");
      mustFail(await store.transact([{ kind: "unlock", key: "missing", value: "", session: mine }]), "conflict");
      must(await store.transact([{ kind: "lock", key: "k", value: "5", session: other }]));
    });

    test("a plain replacement keeps the holder", async () => {
      const store = fresh();
      const mine = await session(store);
      const { modifyIndex } = must(await store.transact([{ kind: "lock", key: "k", value: "1", session: mine }]));
      must(await store.transact([{ kind: "replace", key: "k", value: "2", modifyIndex }]));
      expect(must(await store.get("k"))).toMatchObject({ session: mine });
      await world().putByHand(`${store.prefix}/k`, "3");
      expect(must(await store.get("k"))).toMatchObject({ session: mine });
      must(await store.transact([{ kind: "expect-session", key: "k", session: mine }]));
    });

    test("expect-session lets the holder through and nobody else", async () => {
      const store = fresh();
      const [mine, other] = [await session(store), await session(store)];
      must(await store.transact([{ kind: "lock", key: "k", value: "1", session: mine }]));
      must(await store.transact([{ kind: "expect-session", key: "k", session: mine }, { kind: "create", key: "done", value: "" }]));
      mustFail(await store.transact([{ kind: "expect-session", key: "k", session: other }]), "conflict");
      mustFail(await store.transact([{ kind: "expect-session", key: "missing", session: mine }]), "conflict");
    });

    test("a destroyed session leaves its keys, unheld, at a new index, free at once", async () => {
      const store = fresh();
      const [mine, other] = [await session(store), await session(store)];
      const { modifyIndex } = must(await store.transact([{ kind: "lock", key: "k", value: "1", session: mine }]));
      must(await store.sessions.destroy(mine));
      const left = must(await store.get("k"));
      expect(text(left?.value)).toBe("1");
      expect(left?.session).toBeUndefined();
      expect(left?.modifyIndex).toBeGreaterThan(modifyIndex);
      must(await store.transact([{ kind: "lock", key: "k", value: "2", session: other }]));
    });

    test("a session that is gone can't be renewed or lock, and destroying it again is no error", async () => {
      const store = fresh();
      const mine = await session(store);
      must(await store.sessions.renew(mine));
      must(await store.sessions.destroy(mine));
      must(await store.sessions.destroy(mine));
      expect(mustFail(await store.sessions.renew(mine), "no-session").session).toBe(mine);
      mustFail(await store.sessions.renew(NO_SESSION), "no-session");
      const fault = mustFail(await store.transact([{ kind: "lock", key: "k", value: "1", session: mine }]), "conflict");
      expect(fault.failures[0]?.what).toContain("invalid session");
    });
  });
}
