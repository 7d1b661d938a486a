import type { Stored } from "../../model/facts.ts";
import type { Outcome } from "../../model/fault.ts";
import { describeBadRecord, parseRecord } from "../../model/parse-record.ts";
import { err, ok } from "../../model/result.ts";
import { type Rollout, rolloutSchema } from "../../model/rollout.ts";
import { rolloutKey } from "../../store/keys.ts";
import type { Operation, Store } from "../../store/port.ts";

/** The one under way, or the last; undefined where there was none. */
export async function readRollout(store: Store, service: string, signal?: AbortSignal): Promise<Outcome<Stored<Rollout> | undefined>> {
  const key = rolloutKey(service);
  const read = await store.get(key, { signal, consistency: "consistent" });
  if (!read.ok || read.value === undefined) return read.ok ? ok(undefined) : read;
  const { createIndex, modifyIndex, value } = read.value;
  const parsed = parseRecord(rolloutSchema, key, value);
  return parsed.ok ? ok({ value: parsed.value, createIndex, modifyIndex }) : err({ kind: "bad-answer", operation: "read", key: `${store.prefix}/${key}`, cause: `${describeBadRecord(parsed.fault)}; somebody wrote over it: delete it, and nothing more is done for that rollout; what stands there stays` });
}

/** Only where it stands as it was read. */
export function replaceRollout(former: Stored<Rollout> | undefined, next: Rollout): Operation {
  const key = rolloutKey(next.service);
  const value = JSON.stringify(next);
  return former === undefined ? { kind: "create", key, value } : { kind: "replace", key, value, modifyIndex: former.modifyIndex };
}
