/** Consul's answers, read without trust: a proxy or another program may stand where Consul should. */
import type { IncomingHttpHeaders } from "node:http";
import { type Json, isObject } from "../../model/json.ts";

/** `undefined` where it is not JSON (JSON has no `undefined`). */
export function parseJson(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    return undefined;
  }
}

/** Every element parsed, or nothing: half a list is worse than none. */
export function parseAll<T>(json: Json | undefined, parse: (one: Json) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const parsed: T[] = [];
  for (const one of json as readonly Json[]) {
    const value = parse(one);
    if (value === undefined) return undefined;
    parsed.push(value);
  }
  return parsed;
}

export const textOf = (json: Json | undefined): string | undefined => (typeof json === "string" ? json : undefined);
export const numberOf = (json: Json | undefined): number | undefined => (typeof json === "number" && Number.isSafeInteger(json) && json >= 0 ? json : undefined);

/** Text values only; absent or null is empty. */
export function textsByName(json: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(json)) return {};
  return Object.fromEntries(Object.entries(json).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
}

/** X-Consul-Index; 0 where there is none, or one that is no number. */
export function queryIndexOf(headers: IncomingHttpHeaders): number {
  const text = headers["x-consul-index"];
  const index = typeof text === "string" && /^\d+$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(index) ? index : 0;
}

/** Milliseconds; undefined where the answer doesn't say, or says it as a date (RFC 9110: Retry-After), whose clock may be any. */
export function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headers["retry-after"];
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : undefined;
}

export function dateOf(headers: IncomingHttpHeaders): number | undefined {
  const date = Date.parse(headers.date ?? "");
  return Number.isNaN(date) ? undefined : date;
}
