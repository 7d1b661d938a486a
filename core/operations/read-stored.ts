import type * as z from "zod/mini";
import type { Stored } from "../model/facts.ts";
import type { Outcome } from "../model/fault.ts";
import { describeBadRecord, parseRecord } from "../model/parse-record.ts";
import { err, ok } from "../model/result.ts";
import type { Store } from "../store/port.ts";

/** A record that may not be there, with what a later write is compared with. What can't be read is a fault; `mend` says what a person does about it, and at which price. */
export async function readStored<S extends z.core.$ZodType>(store: Store, key: string, schema: S, mend: string, signal?: AbortSignal): Promise<Outcome<Stored<z.output<S>> | undefined>> {
  const read = await store.get(key, { signal, consistency: "consistent" });
  if (!read.ok || read.value === undefined) return read.ok ? ok(undefined) : read;
  const { createIndex, modifyIndex, value } = read.value;
  const parsed = parseRecord(schema, key, value);
  return parsed.ok ? ok({ value: parsed.value, createIndex, modifyIndex }) : err({ kind: "bad-answer", operation: "read", key: `${store.prefix}/${key}`, cause: `${describeBadRecord(parsed.fault)}; somebody wrote over it: ${mend}` });
}
