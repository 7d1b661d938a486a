import type { Clock } from "../../clock.ts";
import type { StoreFault } from "../../model/fault.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { entryText } from "../../store/entry-text.ts";
import type { Operation, ReadOptions, Store } from "../../store/port.ts";
import { sendUntilKnown } from "../send-until-known.ts";

export type SureFault = { readonly kind: "store"; readonly fault: StoreFault } | { readonly kind: "unknown"; readonly fault: StoreFault };

const FINALLY: ReadOptions = { consistency: "consistent", timeoutMs: 2_000 };

/**
 * A transaction of compare-and-sets whose outcome is known at the end, as good as that can be: `proof` is a key that holds
 * just this value once it is committed, and else never; its modifyIndex is the answer.
 */
export async function transactSurely(store: Store, operations: readonly Operation[], proof: { readonly key: string; readonly value: string }, clock: Clock): Promise<Result<number, SureFault>> {
  const sent = await sendUntilKnown(store, operations, { clock });
  if (sent.kind === "done") return ok(sent.modifyIndex);
  return sent.kind === "doubtful" ? settle(store, proof, sent.fault) : err({ kind: "store", fault: sent.fault });
}

async function settle(store: Store, { key, value }: { readonly key: string; readonly value: string }, fault: StoreFault): Promise<Result<number, SureFault>> {
  const found = await store.get(key, FINALLY);
  if (found.ok && found.value !== undefined && entryText(found.value) === value) return ok(found.value.modifyIndex);
  return err({ kind: found.ok && fault.kind === "conflict" ? "store" : "unknown", fault });
}
