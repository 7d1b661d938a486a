import { parseServiceName, parseTrack, parseVersion, trackNamedIn } from "../model/names.ts";
import { type Result, err, ok } from "../model/result.ts";
import type { ConfigError, Path, Problem } from "./config-error.ts";
import { valueAt } from "./describe-problems.ts";
import { nearest } from "./nearest.ts";
import { parseYamlAs } from "./parse-yaml-as.ts";
import { type Policy, policySchema } from "./policy-schema.ts";

/** A policy is short enough to be written by hand. */
const LARGEST = 64 * 1024;
/** Of broken ones, so many faults are told. */
const MOST_ERRORS = 50;

/** Reads a policy, YAML or JSON. The fault is all that is wrong with it, in its own order, each with line and column. */
export function parsePolicy(text: string, fileName: string): Result<Policy, readonly ConfigError[]> {
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST) return err([{ message: `it is ${bytes} bytes long; the limit is ${LARGEST}`, path: "", file: fileName, line: 1, column: 1 }]);
  const parsed = parseYamlAs(policySchema, text, fileName, problemsOfPolicy);
  return parsed.ok ? ok(parsed.value) : err(parsed.fault.slice(0, MOST_ERRORS));
}

function problemsOfPolicy(policy: unknown): readonly Problem[] {
  const rules = valueAt(policy, ["strategy"]);
  const names = Object.keys(Object(valueAt(policy, ["signals"])));
  return Array.isArray(rules) ? rules.flatMap((rule, place) => [...unknownSignals(rule, ["strategy", place], names), ...misplaced(rule, ["strategy", place])]) : [];
}

function unknownSignals(rule: unknown, path: Path, names: readonly string[]): readonly Problem[] {
  const when = valueAt(rule, ["when"]);
  if (!Array.isArray(when)) return [];
  return when.flatMap((name, place) => {
    if (typeof name !== "string" || names.includes(name)) return [];
    const meant = nearest(name, names);
    return [{ path: [...path, "when", place], message: `${JSON.stringify(name)} is no signal of this policy${meant === undefined ? `: ${names.length === 0 ? "it has none" : `it has ${names.join(", ")}`}` : `; did you mean ${JSON.stringify(meant)}?`}` }];
  });
}

/** `to` and `strategy` mean something for some deeds only. */
function misplaced(rule: unknown, path: Path): readonly Problem[] {
  const [deed, to, strategy] = (["do", "to", "strategy"] as const).map((key) => valueAt(rule, [key]));
  const problems: Problem[] = [];
  if (strategy !== undefined && deed !== "rollback") problems.push({ path: [...path, "strategy"], atKey: true, message: 'says how far a rollback goes: it stands beside "do: rollback" only' });
  if (to === undefined || typeof to !== "string") return problems;
  if (deed !== "rollback" && deed !== "failover") problems.push({ path: [...path, "to"], atKey: true, message: 'says where a rollback or a failover goes: it stands beside "do: rollback" or "do: failover" only' });
  if (deed === "rollback" && !parseVersion(to).ok) problems.push({ path: [...path, "to"], message: `${JSON.stringify(to)} is not a version: name one release, or leave it out for the previous good one` });
  if (deed === "failover" && !isPlace(to)) problems.push({ path: [...path, "to"], message: `${JSON.stringify(to)} is no service and no track:<name>` });
  return problems;
}

function isPlace(to: string): boolean {
  const track = trackNamedIn(to);
  return track === undefined ? parseServiceName(to).ok : parseTrack(track).ok;
}
