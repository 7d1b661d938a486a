import { type Clock, systemClock } from "../../clock.ts";
import { doubled } from "../../decide/doubled.ts";
import type { StoreFault } from "../../model/fault.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { Operation, ReadOptions, Store } from "../../store/port.ts";
import { isDoubtful } from "../doubtful.ts";

export interface SureOptions {
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long to go on where the outcome stays unknown, milliseconds. */
  readonly deadlineMs?: number | undefined;
}

export type SureFault = { readonly kind: "store"; readonly fault: StoreFault } | { readonly kind: "unknown"; readonly fault: StoreFault };

/** Longer than an election takes with Consul's default timing. */
const DEADLINE_MS = 30_000;
const FINALLY: ReadOptions = { consistency: "consistent", timeoutMs: 2_000 };

/**
 * A transaction of compare-and-sets whose outcome is known at the end, as good as that can be: `proof` is a key that holds
 * just this value once it is committed, and else never; its modifyIndex is the answer. The caller's signal ends only the waiting between attempts.
 */
export async function transactSurely(store: Store, operations: readonly Operation[], proof: { readonly key: string; readonly value: string }, options: SureOptions = {}): Promise<Result<number, SureFault>> {
  const { clock = systemClock, deadlineMs = DEADLINE_MS, signal } = options;
  const end = clock.monotonic() + deadlineMs;
  // Until an attempt's outcome is unknown, a fault means that nothing was written.
  let isDoubted = false;
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await store.transact(operations);
    if (outcome.ok) return ok(outcome.value.modifyIndex);
    const { fault } = outcome;
    if (!isDoubted && !isDoubtful(fault)) return err({ kind: "store", fault });
    isDoubted = true;
    const isLast = fault.kind === "conflict" || signal?.aborted === true || clock.monotonic() >= end;
    if (isLast) return settle(store, proof, fault);
    await clock.sleep(doubled(100, attempt, 2_000), signal);
  }
}

async function settle(store: Store, { key, value }: { readonly key: string; readonly value: string }, fault: StoreFault): Promise<Result<number, SureFault>> {
  const found = await store.get(key, FINALLY);
  if (found.ok && found.value !== undefined && Buffer.from(found.value.value).toString() === value) return ok(found.value.modifyIndex);
  return err({ kind: found.ok && fault.kind === "conflict" ? "store" : "unknown", fault });
}
