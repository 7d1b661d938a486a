import { validRange } from "semver";
import { type Release, releaseSchema } from "../model/records.ts";
import { type Result, err, ok } from "../model/result.ts";
import type { ConfigError, Path, Problem } from "./config-error.ts";
import { valueAt } from "./describe-problems.ts";
import { parseYamlAs } from "./parse-yaml-as.ts";

/** Reads what a release says about itself, YAML or JSON. */
export function parseReleaseFile(text: string, fileName: string): Result<Release, readonly ConfigError[]> {
  const parsed = parseYamlAs(releaseSchema, text, fileName, rangeProblems);
  return parsed.ok ? ok(parsed.value) : err(parsed.fault);
}

function rangeProblems(file: unknown): readonly Problem[] {
  const requires = Object.keys(Object(valueAt(file, ["requires"]))).map((service): Path => ["requires", service]);
  return [...requires, ["schema", "reads"]].flatMap((path) => {
    const range = valueAt(file, path);
    if (typeof range !== "string" || (range.trim() !== "" && validRange(range) !== null)) return [];
    return [{ path, message: `${JSON.stringify(range)} is not a semver range: write one such as "^2.1" or ">=6 <9"` }];
  });
}
