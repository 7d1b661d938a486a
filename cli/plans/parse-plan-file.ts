import * as z from "zod/mini";
import { askedSchemas } from "../../core/config/asked-schema.ts";
import { type ConfigError, type Problem, renderConfigError } from "../../core/config/config-error.ts";
import { valueAt } from "../../core/config/describe-problems.ts";
import { parseYamlAs } from "../../core/config/parse-yaml-as.ts";
import { parseData } from "../../core/config/read-yaml.ts";
import type { Asked } from "../../core/model/requests.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { KeyRead } from "../output/plan-value.ts";
import { planShape } from "../output/shapes.ts";

/** A plan as `--dry-run -o json` (or yaml) printed it. */
export interface PlanFile {
  readonly fingerprint: string;
  readonly asked: Asked;
  readonly reads: readonly KeyRead[];
  /** All that it says will be written, to be held against what is planned now. */
  readonly printed: z.output<typeof planShape>;
}

/** Every place that is wrong, one a line. */
export function parsePlanFile(text: string, name: string): Result<PlanFile, string> {
  const plain = readPlain(text);
  if (valueAt(plain, ["kind"]) === "plans") return err(`${name} holds plans of several datacentres, which are made and applied in one command: run that again, without --dry-run`);
  const verb = valueAt(plain, ["plan", "request", "verb"]);
  const parsed = parseYamlAs(fileSchema(verb), text, name, (file) => requestProblems(file));
  if (!parsed.ok) return err(parsed.fault.map((error: ConfigError) => renderConfigError(error)).join("\n"));
  const { request, ...printed } = parsed.value.plan;
  return ok({ fingerprint: printed.fingerprint, asked: request as Asked, printed, reads: printed.services.flatMap(({ reads }) => reads) });
}

/** What is no JSON may be YAML, which takes long to read. */
function readPlain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parseData(text);
  }
}

/** By the verb that the file names, so that what is wrong with it is said of that one. */
function fileSchema(verb: unknown) {
  const known = typeof verb === "string" && Object.hasOwn(askedSchemas, verb) ? askedSchemas[verb as Asked["verb"]] : z.looseObject({ verb: z.enum(Object.keys(askedSchemas)) });
  return z.strictObject({ kind: z.literal("plan"), apiVersion: z.literal("rollpin/v1"), plan: z.extend(planShape, { request: z.optional(known) }) });
}

function requestProblems(file: unknown): readonly Problem[] {
  const plan = valueAt(file, ["plan"]);
  if (typeof plan !== "object" || plan === null || valueAt(plan, ["request"]) !== undefined) return [];
  return [{ path: ["plan", "request"], message: `is missing: only plans of ${Object.keys(askedSchemas).join(", ")} say what was asked for, and can be applied; run the command itself` }];
}
