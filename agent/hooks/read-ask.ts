import { type HookAsk, hookAskSchema } from "../../core/model/hook-records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { describeStoreFault } from "../../core/model/fault.ts";
import { describeBadRecord, parseRecord } from "../../core/model/parse-record.ts";
import { operationAskKey } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";

/** What an operation asks of this service's hooks now; undefined where that is nothing. The fault is a sentence. */
export async function readAsk(store: Pick<Store, "get">, service: string, operation: string, signal: AbortSignal): Promise<Result<HookAsk | undefined, string>> {
  const read = await store.get(operationAskKey(operation), { signal, consistency: "consistent" });
  if (!read.ok) return err(describeStoreFault(read.fault));
  if (read.value === undefined) return ok(undefined);
  const ask = parseRecord(hookAskSchema, read.value.key, read.value.value);
  if (!ask.ok) return err(describeBadRecord(ask.fault));
  return ok(ask.value.asked.service === service ? ask.value : undefined);
}
