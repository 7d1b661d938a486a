import * as z from "zod/mini";
import { messageOf } from "./message-of.ts";
import { type Result, err, ok } from "./result.ts";

/** A value in Consul that isn't what its key promises. */
export interface BadRecord {
  readonly key: string;
  /** Every problem, each with its place inside the value. */
  readonly problems: readonly string[];
}

/** Reads one JSON record. The error names the key and every place that is wrong. */
export function parseRecord<S extends z.core.$ZodType>(schema: S, key: string, value: Uint8Array | string): Result<z.output<S>, BadRecord> {
  const json = parseJson(typeof value === "string" ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8"));
  if (!json.ok) return err({ key, problems: [json.fault] });
  const parsed = z.safeParse(schema, json.value);
  if (parsed.success) return ok(parsed.data);
  return err({ key, problems: parsed.error.issues.map(describeIssue) });
}

/** One line for a schema issue: `requires.payments: expected string`. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join(".");
  return place === "" ? issue.message : `${place}: ${issue.message}`;
}

export function describeBadRecord(bad: BadRecord): string {
  return `${bad.key} can't be read: ${bad.problems.join("; ")}`;
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return err(messageOf(error));
  }
}
