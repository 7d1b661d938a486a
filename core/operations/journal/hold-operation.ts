/** The lock of an operation: one program at a time is at it, and each of its writes proves that it still is. */
import { type Clock, isoTime } from "../../clock.ts";
import type { StoreFault } from "../../model/fault.ts";
import { type OperationLock, operationLockSchema } from "../../model/operation.ts";
import { parseRecord } from "../../model/parse-record.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { expectAsRead } from "../../store/as-read.ts";
import { operationLockKey } from "../../store/keys.ts";
import type { Entry, Operation, Store } from "../../store/port.ts";
import { consulTime } from "../../store/consul-time.ts";

export interface Hold {
  /** Goes into every transaction: the session holds the lock, and it is the lock that was taken. */
  readonly fence: readonly Operation[];
  /** Fires when the session is known to be gone. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export type HoldFault =
  /** `lock` is undefined where what stands there can't be read. */
  | { readonly kind: "held"; readonly lock: OperationLock | undefined }
  | { readonly kind: "store"; readonly fault: StoreFault };

/** Consul's shortest; what it holds is free after twice that at most. */
const TTL_MS = 10_000;
const RENEW_MS = 3_000;
const RELEASE_MS = 2_000;

export async function holdOperation(store: Store, id: string, by: string, clock: Clock): Promise<Result<Hold, HoldFault>> {
  const created = await store.sessions.create({ name: `rollpin operation ${id}`, ttlMs: TTL_MS });
  if (!created.ok) return err({ kind: "store", fault: created.fault });
  const session = created.value;
  const taken = await take(store, id, session, JSON.stringify({ by, at: isoTime(consulTime(store, clock)) } satisfies OperationLock));
  if (taken.ok) return ok(keepHolding(store, taken.value, session, clock));
  await store.sessions.destroy(session, { timeoutMs: RELEASE_MS });
  return taken;
}

/** The lock as it stands now: undefined where nobody has it. */
export async function readLock(store: Store, id: string): Promise<Result<OperationLock | "unreadable" | undefined, StoreFault>> {
  const entry = await store.get(operationLockKey(id), { consistency: "consistent" });
  if (!entry.ok) return entry;
  return ok(entry.value?.session === undefined ? undefined : (lockOf(entry.value) ?? "unreadable"));
}

/** Takes the lock from whoever has it: what they still try to write fails. */
export async function breakLock(store: Store, id: string): Promise<Result<void, StoreFault>> {
  const broken = await store.transact([{ kind: "delete", key: operationLockKey(id) }]);
  return broken.ok ? ok(undefined) : broken;
}

async function take(store: Store, id: string, session: string, value: string): Promise<Result<Entry, HoldFault>> {
  const key = operationLockKey(id);
  const found = await store.get(key, { consistency: "consistent" });
  if (!found.ok) return err({ kind: "store", fault: found.fault });
  if (found.value?.session !== undefined) return err({ kind: "held", lock: lockOf(found.value) });
  const locked = await store.transact([expectAsRead(key, found.value?.modifyIndex), { kind: "lock", key, value, session }]);
  const now = await store.get(key, { consistency: "consistent" });
  if (!now.ok) return err({ kind: "store", fault: now.fault });
  if (now.value?.session === session) return ok(now.value);
  if (now.value?.session !== undefined) return err({ kind: "held", lock: lockOf(now.value) });
  return err(locked.ok ? { kind: "held", lock: undefined } : { kind: "store", fault: locked.fault });
}

function keepHolding(store: Store, { key, modifyIndex }: Entry, session: string, clock: Clock): Hold {
  const over = new AbortController();
  const lost = new AbortController();
  const renewing = renew(store, session, clock, over.signal, lost);
  return {
    fence: [{ kind: "expect-session", key, session }, { kind: "expect", key, modifyIndex }],
    lost: lost.signal,
    async release() {
      over.abort();
      await renewing;
      await store.transact([{ kind: "expect-session", key, session }, { kind: "remove", key, modifyIndex }], { timeoutMs: RELEASE_MS });
      await store.sessions.destroy(session, { timeoutMs: RELEASE_MS });
    },
  };
}

/** What can't be renewed for a while may still live: the fence knows. */
async function renew(store: Store, session: string, clock: Clock, over: AbortSignal, lost: AbortController): Promise<void> {
  for (;;) {
    await clock.sleep(RENEW_MS, over);
    if (over.aborted) return;
    const renewed = await store.sessions.renew(session, { signal: over });
    if (!renewed.ok && renewed.fault.kind === "no-session") return lost.abort();
  }
}

function lockOf(entry: Entry): OperationLock | undefined {
  const parsed = parseRecord(operationLockSchema, entry.key, entry.value);
  return parsed.ok ? parsed.value : undefined;
}
