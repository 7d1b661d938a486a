import type { Stored } from "../../model/facts.ts";
import type { Outcome } from "../../model/fault.ts";
import { type GuardState, guardStateSchema } from "../../model/guard-records.ts";
import { describeBadRecord, parseRecord } from "../../model/parse-record.ts";
import { err, ok } from "../../model/result.ts";
import { guardStateKey } from "../../store/keys.ts";
import type { Store } from "../../store/port.ts";

/** Undefined where the guard has done nothing yet. What can't be read is a fault: to begin anew would forget what was done already. */
export async function readGuardState(store: Store, service: string, signal?: AbortSignal): Promise<Outcome<Stored<GuardState> | undefined>> {
  const key = guardStateKey(service);
  const read = await store.get(key, { signal, consistency: "consistent" });
  if (!read.ok || read.value === undefined) return read.ok ? ok(undefined) : read;
  const { createIndex, modifyIndex } = read.value;
  const parsed = parseRecord(guardStateSchema, key, read.value.value);
  return parsed.ok ? ok({ value: parsed.value, createIndex, modifyIndex }) : err({ kind: "bad-answer", operation: "read", key: `${store.prefix}/${key}`, cause: `${describeBadRecord(parsed.fault)}; somebody wrote over it: put back what stood there, or delete it, which forgets what the guard did` });
}
