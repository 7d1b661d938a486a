/** A transaction as Consul's JSON, and its limits, checked before anything is sent. */
import type { StoreFault } from "../model/fault.ts";
import { type Result, err, ok } from "../model/result.ts";
import { MOST_OPERATIONS, MOST_TRANSACTION_BYTES, type Operation } from "./port.ts";

/** What messages call a transaction. */
export const TRANSACTION = "transaction";

export function encodeTransaction(prefix: string, operations: readonly Operation[]): Result<Buffer, StoreFault> {
  const tooLarge = (cause: string): Result<Buffer, StoreFault> => err({ kind: "too-large", operation: TRANSACTION, key: keysOf(prefix, operations), cause });
  if (operations.length > MOST_OPERATIONS) return tooLarge(`${operations.length} operations, and Consul takes at most ${MOST_OPERATIONS}`);
  const body = Buffer.from(JSON.stringify(operations.map((operation) => ({ KV: encodeOperation(prefix, operation) }))));
  if (body.length > MOST_TRANSACTION_BYTES) return tooLarge(`${body.length} bytes, and Consul takes at most ${MOST_TRANSACTION_BYTES}`);
  return ok(body);
}

/** Consul API: transactions, KV operations. */
function encodeOperation(prefix: string, operation: Operation): Record<string, string | number> {
  const Key = `${prefix}/${operation.key}`;
  switch (operation.kind) {
    case "create":
      return { Verb: "cas", Key, Value: base64(operation.value), Index: 0 };
    case "replace":
      return { Verb: "cas", Key, Value: base64(operation.value), Index: operation.modifyIndex };
    case "remove":
      return { Verb: "delete-cas", Key, Index: operation.modifyIndex };
    case "delete":
      return { Verb: "delete", Key };
    case "lock":
      return { Verb: "lock", Key, Value: base64(operation.value), Session: operation.session };
    case "unlock":
      return { Verb: "unlock", Key, Value: base64(operation.value), Session: operation.session };
    case "expect":
      return { Verb: "check-index", Key, Index: operation.modifyIndex };
    case "expect-absent":
      return { Verb: "check-not-exists", Key };
    case "expect-session":
      return { Verb: "check-session", Key, Session: operation.session };
  }
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The first key, and how many more there are: enough to find the plan again. */
export function keysOf(prefix: string, operations: readonly Operation[]): string | undefined {
  const [first] = operations;
  if (first === undefined) return undefined;
  return `${prefix}/${first.key}${operations.length > 1 ? ` and ${operations.length - 1} more` : ""}`;
}
