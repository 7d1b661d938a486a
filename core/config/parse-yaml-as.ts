import * as z from "zod/mini";
import { type Result, err, ok } from "../model/result.ts";
import type { ConfigError, Problem } from "./config-error.ts";
import { describeProblems } from "./describe-problems.ts";
import { readYaml } from "./read-yaml.ts";

/** Reads a file by a schema and by rules over several keys, and says everything that is wrong at once, in the file's order. */
export function parseYamlAs<S extends z.core.$ZodType>(schema: S, text: string, fileName: string, rules: (file: unknown) => readonly Problem[]): Result<z.output<S>, readonly ConfigError[]> {
  const read = readYaml(text, fileName);
  if (!read.ok) return read;
  const { value, locate, source } = read.value;
  if (value === null || value === undefined) return err([locate({ path: [], message: "it is empty" })]);
  const parsed = z.safeParse(schema, value);
  const issues = parsed.success ? [] : describeProblems(parsed.error.issues, { schema, value, source });
  const problems = [...issues, ...rules(value)];
  if (parsed.success && problems.length === 0) return ok(parsed.data);
  return err(problems.map(locate).sort((a, b) => a.line - b.line || a.column - b.column));
}
