import { missingRight } from "./missing-right.ts";
import type { Result } from "./result.ts";

/** What a store can answer instead of a value. `operation` is what was tried, `key` the full key (or path) it concerned. */
export type StoreFault =
  /**
   * Nothing reached Consul: refused, reset before anything was sent, name not found. Safe to try again. `closed`: a fresh
   * connection stood and was closed without a word, which is what Consul does past its limit for one address.
   */
  | { readonly kind: "unreachable"; readonly operation: string; readonly key?: string | undefined; readonly cause: string; readonly closed?: boolean | undefined }
  /** A write was sent and its answer never came: it may or may not have happened. Re-read before trying again. */
  | { readonly kind: "unknown-outcome"; readonly operation: string; readonly key?: string | undefined; readonly cause: string }
  /** A read that did not answer in time. */
  | { readonly kind: "timeout"; readonly operation: string; readonly key?: string | undefined; readonly afterMs: number }
  /** Consul is up but its servers have no leader. */
  | { readonly kind: "no-leader"; readonly operation: string; readonly key?: string | undefined; readonly cause: string }
  /** Consul's ACLs said no. */
  | { readonly kind: "denied"; readonly operation: string; readonly key?: string | undefined; readonly cause: string }
  /** A transaction's checks failed: nothing was written. */
  | { readonly kind: "conflict"; readonly operation: string; readonly failures: readonly OperationFailure[] }
  /** More operations or bytes than Consul takes in one transaction or value. Nothing was written. */
  | { readonly kind: "too-large"; readonly operation: string; readonly key?: string | undefined; readonly cause: string }
  /** 429 or 503, or a rate limit in words: Consul asks to slow down. Nothing was done. `retryAfterMs` where it said for how long. */
  | { readonly kind: "overloaded"; readonly operation: string; readonly key?: string | undefined; readonly cause: string; readonly retryAfterMs?: number | undefined }
  /** An answer longer than is read: what is below that key has grown past all reason. Nothing of it is kept. */
  | { readonly kind: "oversized"; readonly operation: string; readonly key?: string | undefined; readonly cause: string }
  /** The session does not exist (any more). */
  | { readonly kind: "no-session"; readonly operation: string; readonly session: string }
  /** An answer that no Consul gives: a proxy's page, a truncated body, a status nobody expects, what a cache had kept. */
  | { readonly kind: "bad-answer"; readonly operation: string; readonly key?: string | undefined; readonly cause: string }
  /** The caller's signal fired, and nothing was written. */
  | { readonly kind: "aborted"; readonly operation: string };

/** One operation of a transaction that Consul refused. `index` is its place in the list that was sent, `key` the full key. */
export interface OperationFailure {
  readonly index: number;
  readonly key: string;
  readonly what: string;
}

/** A store's answer. */
export type Outcome<T> = Result<T, StoreFault>;

/** One sentence that names what happened and to which key. */
export function describeStoreFault(fault: StoreFault): string {
  const where = "key" in fault && fault.key !== undefined ? ` ${fault.key}` : "";
  switch (fault.kind) {
    case "unreachable":
      return `Consul can't be reached (${fault.operation}${where}): ${fault.cause}`;
    case "unknown-outcome":
      return `the outcome of ${fault.operation}${where} is unknown: ${fault.cause}`;
    case "timeout":
      return `Consul did not answer ${fault.operation}${where} within ${fault.afterMs} ms`;
    case "no-leader":
      return `Consul has no leader (${fault.operation}${where}): ${fault.cause}`;
    case "denied":
      return describeDenial(fault, where);
    case "conflict":
      return `${fault.operation} met a conflict: ${fault.failures.map((failure) => `${failure.key}: ${failure.what}`).join("; ")}`;
    case "too-large":
      return `${fault.operation}${where} is too large for Consul: ${fault.cause}`;
    case "overloaded":
      return `Consul is overloaded (${fault.operation}${where}): ${fault.cause}`;
    case "oversized":
      return `what Consul answers is too much to be read (${fault.operation}${where}): ${fault.cause}`;
    case "no-session":
      return `the Consul session ${fault.session} is gone (${fault.operation})`;
    case "bad-answer":
      return `Consul gave an answer that can't be used (${fault.operation}${where}): ${fault.cause}`;
    case "aborted":
      return `${fault.operation} was aborted`;
  }
}

/** A token that Consul doesn't know lacks more than one rule. */
function describeDenial({ operation, key, cause }: { readonly operation: string; readonly key?: string | undefined; readonly cause: string }, where: string): string {
  const right = /ACL not found/i.test(cause) ? undefined : missingRight(operation, key);
  return `Consul denies ${operation}${where}: ${cause}${right === undefined ? "" : `; the token's policy lacks ${right}`}`;
}
