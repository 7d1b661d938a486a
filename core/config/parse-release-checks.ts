import * as z from "zod/mini";
import { type Result, err, ok } from "../model/result.ts";
import type { ConfigError } from "./config-error.ts";
import { parseYamlAs } from "./parse-yaml-as.ts";
import { type ReleaseChecks, releaseChecksSchema } from "./release-checks.ts";

const fileSchema = z.looseObject({ checks: releaseChecksSchema });

/** Of a file that may hold more, such as an agent's: only `checks` is read. */
export function parseReleaseChecks(text: string, fileName: string): Result<ReleaseChecks, readonly ConfigError[]> {
  const parsed = parseYamlAs(fileSchema, text, fileName, () => []);
  return parsed.ok ? ok(parsed.value.checks) : err(parsed.fault);
}
