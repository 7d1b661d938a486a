/** Keys and values (Consul API: KV store). */
import type { Outcome } from "../../model/fault.ts";
import { err, ok } from "../../model/result.ts";
import { type Json, isObject } from "../../model/json.ts";
import type { BlockOptions, Entry, ReadOptions, Reading, Store } from "../port.ts";
import { dateOf, numberOf, parseAll, parseJson, queryIndexOf, textOf } from "./answer-fields.ts";
import { faultOfAnswer, unreadable } from "./answers-as-faults.ts";
import type { Answered, Call, Question } from "./call.ts";

export type KeyValueCalls = Pick<Store, "get" | "list" | "keys" | "block">;

export function createKeyValueCalls(prefix: string, call: Call, callBlocking: Call): KeyValueCalls {
  const question = (operation: string, key: string, query: Readonly<Record<string, string>>, options?: ReadOptions): Question => {
    const full = `${prefix}/${key}`;
    return { operation, key: full, method: "GET", path: `/v1/kv/${encodePath(full)}`, query: { ...query, ...consistencyOf(options) } };
  };
  return {
    get: async (key, options) => {
      const answered = await call(question("get", key, {}, options), options);
      return answered.ok ? readOne(answered.value, prefix) : answered;
    },
    list: async (folder, options) => {
      const answered = await call(question("list", folder, { recurse: "" }, options), options);
      return answered.ok ? readFolder(answered.value, prefix) : answered;
    },
    keys: async (folder, options) => {
      const answered = await call(question("keys", folder, { keys: "" }, options), options);
      return answered.ok ? readKeys(answered.value, prefix) : answered;
    },
    block: async (folder, afterIndex, options) => {
      const query = { recurse: "", ...blockingQuery(afterIndex, options) };
      const answered = await callBlocking(question("watch", folder, query, options), blockingLimits(options));
      return answered.ok ? readFolder(answered.value, prefix) : answered;
    },
  };
}

/** Each segment by itself: `+` of a version must not be read as a space, nor `%` as an escape. */
function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

export function consistencyOf({ consistency = "default" }: ReadOptions = {}): Readonly<Record<string, string>> {
  return consistency === "default" ? {} : { [consistency]: "" };
}

/** `wait=0` would be Consul's own five minutes. */
export function blockingQuery(afterIndex: number, { waitMs }: BlockOptions): Readonly<Record<string, string>> {
  return { index: String(afterIndex), wait: `${Math.max(1, Math.ceil(waitMs))}ms` };
}

const LATE_MS = 2_000;

/** Consul stretches a wait by up to a sixteenth of it (Consul: blocking queries). */
export function blockingLimits(options: BlockOptions): BlockOptions {
  return { ...options, timeoutMs: options.timeoutMs ?? Math.ceil((options.waitMs * 17) / 16) + LATE_MS };
}

function readFolder(answered: Answered, prefix: string): Outcome<Reading> {
  const { headers } = answered.answer;
  const entries = readList(answered, (one) => parseEntry(one, prefix));
  return entries.ok ? ok({ entries: entries.value, queryIndex: queryIndexOf(headers), date: dateOf(headers) }) : entries;
}

function readKeys(answered: Answered, prefix: string): Outcome<readonly string[]> {
  return readList(answered, (one) => relativeKey(textOf(one), prefix));
}

function readOne(answered: Answered, prefix: string): Outcome<Entry | undefined> {
  const entries = readList(answered, (one) => parseEntry(one, prefix));
  return entries.ok ? ok(entries.value[0]) : entries;
}

function readList<T>(answered: Answered, parse: (one: Json) => T | undefined): Outcome<readonly T[]> {
  const { asked, answer } = answered;
  if (isNothing(answered)) return ok([]);
  if (answer.status !== 200) return err(faultOfAnswer(asked, answer));
  const parsed = parseAll(parseJson(answer.body), parse);
  return parsed === undefined ? err(unreadable(asked, answer, "not a list of keys")) : ok(parsed);
}

/** Consul's own "not found" is an empty 404 with an index; any other is some proxy's, and no proof of anything. */
function isNothing({ answer }: Answered): boolean {
  return answer.status === 404 && answer.body.length === 0 && answer.headers["x-consul-index"] !== undefined;
}

function parseEntry(json: Json, prefix: string): Entry | undefined {
  if (!isObject(json)) return undefined;
  const key = relativeKey(textOf(json["Key"]), prefix);
  const createIndex = numberOf(json["CreateIndex"]);
  const modifyIndex = numberOf(json["ModifyIndex"]);
  const value = json["Value"] === null ? "" : textOf(json["Value"]);
  if (key === undefined || createIndex === undefined || modifyIndex === undefined || value === undefined) return undefined;
  const session = textOf(json["Session"]);
  return { key, value: Buffer.from(value, "base64"), createIndex, modifyIndex, ...(session === undefined ? {} : { session }) };
}

function relativeKey(full: string | undefined, prefix: string): string | undefined {
  return full?.startsWith(`${prefix}/`) === true ? full.slice(prefix.length + 1) : undefined;
}
