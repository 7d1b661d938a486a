import { type Clock, systemClock } from "../clock.ts";
import { doubled } from "../decide/doubled.ts";
import type { StoreFault } from "../model/fault.ts";
import type { Operation, Store } from "../store/port.ts";

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to go on where the outcome stays unknown, milliseconds. */
  readonly deadlineMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

export type Sent =
  | { readonly kind: "done"; readonly modifyIndex: number }
  /** Nothing was written. */
  | { readonly kind: "refused"; readonly fault: StoreFault }
  /** Some attempt may have been committed; the last one's fault, a conflict among them: it has to be looked up. */
  | { readonly kind: "doubtful"; readonly fault: StoreFault };

/** Longer than an election takes with Consul's default timing. */
const DEADLINE_MS = 30_000;

/** Sends a transaction of compare-and-sets, and again where its outcome is unknown: that can't commit it twice. */
export async function sendUntilKnown(store: Store, operations: readonly Operation[], { clock = systemClock, deadlineMs = DEADLINE_MS, signal }: SendOptions): Promise<Sent> {
  const end = clock.monotonic() + deadlineMs;
  let isDoubted = false;
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await store.transact(operations, { signal });
    if (outcome.ok) return { kind: "done", modifyIndex: outcome.value.modifyIndex };
    const { fault } = outcome;
    // Until an attempt's outcome is unknown, a fault means that nothing was written.
    if (!isDoubted && !isDoubtful(fault)) return { kind: "refused", fault };
    isDoubted = true;
    // A failed compare-and-set can never succeed later: indexes don't come back. What an earlier attempt did stands.
    if (fault.kind === "conflict" || signal?.aborted === true || clock.monotonic() >= end) return { kind: "doubtful", fault };
    await clock.sleep(doubled(100, attempt, 2_000), signal);
  }
}

/** An abort may come after the request has left. */
function isDoubtful(fault: StoreFault): boolean {
  return fault.kind === "unknown-outcome" || fault.kind === "timeout" || fault.kind === "aborted" || fault.kind === "bad-answer";
}
