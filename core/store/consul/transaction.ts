/** Transactions (Consul API: transactions). */
import type { Outcome, OperationFailure } from "../../model/fault.ts";
import { err, ok } from "../../model/result.ts";
import { type Json, isObject } from "../../model/json.ts";
import type { Committed, Operation, Store } from "../port.ts";
import { TRANSACTION, encodeTransaction, keysOf } from "../transaction-body.ts";
import { dateOf, numberOf, parseAll, parseJson, textOf } from "./answer-fields.ts";
import { faultOfAnswer, unreadable } from "./answers-as-faults.ts";
import type { Answered, Call } from "./call.ts";

export function createTransact(prefix: string, call: Call): Store["transact"] {
  return async (operations, options) => {
    const body = encodeTransaction(prefix, operations);
    if (!body.ok) return body;
    const answered = await call({ operation: TRANSACTION, key: keysOf(prefix, operations), method: "PUT", path: "/v1/txn", body: body.value }, options);
    return answered.ok ? readCommit(answered.value, prefix, operations) : answered;
  };
}

function readCommit({ asked, answer }: Answered, prefix: string, operations: readonly Operation[]): Outcome<Committed> {
  if (answer.status === 409) return readRefusal({ asked, answer }, prefix, operations);
  if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
  const json = parseJson(answer.body);
  const results = isObject(json) ? parseAll(json["Results"] ?? [], parseResult) : undefined;
  if (results === undefined) return err(unreadable(asked, answer, "not a transaction's results"));
  const written = new Set(operations.filter(isWrite).map((operation) => `${prefix}/${operation.key}`));
  const indexes = results.filter((result) => written.has(result.key)).map((result) => result.modifyIndex);
  return ok({ modifyIndex: Math.max(0, ...indexes), date: dateOf(answer.headers) });
}

const isWrite = ({ kind }: Operation): boolean => kind === "create" || kind === "replace" || kind === "lock" || kind === "unlock";

function parseResult(json: Json): { readonly key: string; readonly modifyIndex: number } | undefined {
  const kv = isObject(json) ? json["KV"] : undefined;
  if (!isObject(kv)) return undefined;
  const key = textOf(kv["Key"]);
  const modifyIndex = numberOf(kv["ModifyIndex"]);
  return key === undefined || modifyIndex === undefined ? undefined : { key, modifyIndex };
}

/** 409: nothing was written. One operation that the ACLs refuse makes it a denial, whatever else failed. */
function readRefusal({ asked, answer }: Answered, prefix: string, operations: readonly Operation[]): Outcome<never> {
  const json = parseJson(answer.body);
  const failures = isObject(json) ? parseAll(json["Errors"], (one) => parseFailure(one, prefix, operations)) : undefined;
  if (failures === undefined || failures.length === 0) return err(unreadable(asked, answer, "a conflict without its errors"));
  const denied = failures.find((failure) => /Permission denied/i.test(failure.what));
  if (denied !== undefined) return err({ kind: "denied", operation: asked.operation, key: denied.key, cause: denied.what });
  return err({ kind: "conflict", operation: asked.operation, failures });
}

function parseFailure(json: Json, prefix: string, operations: readonly Operation[]): OperationFailure | undefined {
  if (!isObject(json)) return undefined;
  const index = numberOf(json["OpIndex"]);
  const what = textOf(json["What"]);
  const operation = index === undefined ? undefined : operations[index];
  return index === undefined || what === undefined || operation === undefined ? undefined : { index, key: `${prefix}/${operation.key}`, what };
}
