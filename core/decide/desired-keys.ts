import { type DesiredKey, type Part, parsePart } from "../model/desired.ts";
import type { Stored } from "../model/facts.ts";
import { type BadRecord, parseRecord } from "../model/parse-record.ts";
import { type Head, headSchema } from "../model/records.ts";
import { type Result, ok } from "../model/result.ts";
import { sha256 } from "./digest.ts";

/** A key as the store answers it, relative to the store's prefix. The store's `Entry` is one. */
export interface RawEntry {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

export interface DesiredReading {
  /** Undefined where there is no head key. */
  readonly head: Result<Stored<Head>, BadRecord> | undefined;
  /** The keys beside the head, garbage included. */
  readonly keys: readonly DesiredKey[];
  /** Keys below the folder that mean nothing: shown by `doctor`, obeyed by nobody. */
  readonly strangers: readonly string[];
}

/** Sorts what stands below `desired/<service>/` into head, parts and strangers. Nothing is judged yet. */
export function readDesiredEntries(service: string, entries: readonly RawEntry[]): DesiredReading {
  const folder = `desired/${service}/`;
  let head: DesiredReading["head"];
  const keys: DesiredKey[] = [];
  const strangers: string[] = [];
  for (const entry of entries) {
    const name = entry.key.startsWith(folder) ? entry.key.slice(folder.length) : undefined;
    const part = name === undefined ? undefined : parsePart(name);
    if (name === "head") head = readHead(entry);
    else if (part !== undefined) keys.push(readKey(part, entry));
    // `consul kv put desired/checkout/` makes a folder marker, which is nobody's mistake.
    else if (name !== "") strangers.push(entry.key);
  }
  return { head, keys, strangers };
}

function readHead(entry: RawEntry): Result<Stored<Head>, BadRecord> {
  const parsed = parseRecord(headSchema, entry.key, entry.value);
  return parsed.ok ? ok({ value: parsed.value, createIndex: entry.createIndex, modifyIndex: entry.modifyIndex }) : parsed;
}

function readKey(part: Part, { value, modifyIndex }: RawEntry): DesiredKey {
  return {
    part,
    text: decode(value),
    // Only messages name it, and every wake-up reads every key.
    get hash() {
      return sha256(value);
    },
    bytes: value.byteLength,
    modifyIndex,
  };
}

/** A BOM is kept: what is rendered or digested must be what was written. */
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}
