import type { Outcome } from "../../model/fault.ts";
import { type GuardAction, guardActionSchema } from "../../model/guard-records.ts";
import { type BadRecord, parseRecord } from "../../model/parse-record.ts";
import { ok } from "../../model/result.ts";
import { guardActionsFolder } from "../../store/keys.ts";
import type { Store } from "../../store/port.ts";
import { listBelieved } from "../list-believed.ts";

/** Newest first, as far as they are kept. */
export async function readGuardActions(store: Store, service: string, signal: AbortSignal): Promise<Outcome<{ readonly good: readonly GuardAction[]; readonly bad: readonly BadRecord[] }>> {
  const listed = await listBelieved(store, guardActionsFolder(service), { signal });
  if (!listed.ok) return listed;
  const read = listed.value.entries.map((entry) => parseRecord(guardActionSchema, entry.key, entry.value));
  return ok({ good: read.flatMap((one) => (one.ok ? [one.value] : [])).sort((a, b) => b.action - a.action), bad: read.flatMap((one) => (one.ok ? [] : [one.fault])) });
}
