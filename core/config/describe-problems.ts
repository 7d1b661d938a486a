/** zod's issues as sentences: zod/mini says "Invalid input" to everything, and shows a union's every branch. */
import type * as z from "zod/mini";
import type { Path, Problem } from "./config-error.ts";
import { isSecretName } from "../model/secret-names.ts";
import { nearest } from "./nearest.ts";
import { keysAt } from "./schema-keys.ts";

export interface Subject {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  /** How a scalar was written, where that is known. */
  readonly source: (path: Path) => string | undefined;
}

type Issue = z.core.$ZodIssue;

/** One sentence or more for each issue. */
export function describeProblems(issues: readonly Issue[], subject: Subject): readonly Problem[] {
  return issues.flatMap((issue) => describe(issue, [], subject));
}

function describe(issue: Issue, outer: Path, subject: Subject): readonly Problem[] {
  const path = [...outer, ...issue.path];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => ({ path: [...path, key], atKey: true, message: unknownKey(key, path, subject) }));
  if (issue.code === "invalid_union") return describeUnion(issue.errors, path, subject);
  if (issue.code === "invalid_key") return [{ path, atKey: true, message: issue.issues.map((inner) => sentence(inner, path, subject)).join("; ") }];
  return [{ path, message: sentence(issue, path, subject) }];
}

const GENERIC = "Invalid input";

function sentence(issue: Issue, path: Path, subject: Subject): string {
  if (issue.message !== GENERIC) return issue.message;
  const value = valueAt(subject.value, path);
  if (value === undefined) return "is missing";
  if (typeof value !== "object" && isSecret(path)) return "isn't right: it needs text in quotes (what stands there is a secret, and not shown)";
  if (issue.code === "invalid_type") return `needs ${expectation(issue.expected)}, not ${shown(value)}${quoteHint(issue.expected, value, path, subject)}`;
  if (issue.code === "invalid_value") return oneOf(issue.values.map(String), value);
  if (issue.code === "too_small") return `${shown(value)} is too small: at least ${issue.minimum}`;
  if (issue.code === "too_big") return issue.origin === "string" ? `is longer than ${issue.maximum} characters` : `${shown(value)} is too large: at most ${issue.maximum}`;
  return `${shown(value)} is not valid here`;
}

/** A file's, such as `tokenFile`, is none itself. */
function isSecret(path: Path): boolean {
  const name = String(path.at(-1) ?? "");
  return isSecretName(name) && !name.endsWith("File");
}

function oneOf(values: readonly string[], value: unknown): string {
  const meant = typeof value === "string" ? nearest(value, values) : undefined;
  const list = values.length === 1 ? `only ${values[0]} can stand here` : `write one of ${values.join(", ")}`;
  return `${shown(value)} is not known: ${list}${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`;
}

function quoteHint(expected: string, value: unknown, path: Path, subject: Subject): string {
  if (expected !== "string" || (typeof value !== "number" && typeof value !== "boolean")) return "";
  return `: put it in quotes, ${JSON.stringify(subject.source(path) ?? String(value))}`;
}

const EXPECTATIONS: Readonly<Record<string, string>> = { string: "text", int: "a whole number", number: "a number", boolean: "true or false", array: "a list", object: "a block of keys", record: "a block of keys" };

function expectation(type: string): string {
  return EXPECTATIONS[type] ?? type;
}

function shown(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a block of keys";
  if (typeof value === "string") return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  return `${value as number | boolean}`;
}

function unknownKey(key: string, path: Path, subject: Subject): string {
  const forms = keysAt(subject.schema, path);
  const present = Object.keys(Object(valueAt(subject.value, path)));
  const rival = forms.some((keys) => keys.includes(key)) ? present.find((other) => other !== key && forms.some((keys) => keys.includes(other) && !keys.includes(key))) : undefined;
  if (rival !== undefined) return `can't stand beside ${JSON.stringify(rival)}: keep one of them${typeof path.at(-1) === "number" ? ", or make it an entry of its own" : ""}`;
  const known = [...new Set(forms.flat())];
  const meant = nearest(key, known);
  return `is not a known key${meant === undefined ? `; known here: ${known.join(", ")}` : `; did you mean ${JSON.stringify(meant)}?`}`;
}

/** Of a union, the branch that was meant speaks; where none is nearer than another, what any of them would need. */
function describeUnion(branches: readonly (readonly Issue[])[], path: Path, subject: Subject): readonly Problem[] {
  const value = valueAt(subject.value, path);
  if (value === undefined) return [{ path, message: "is missing" }];
  const costs = branches.map((issues) => costOf(issues, path, subject));
  const lowest = Math.min(...costs);
  const meant = branches.filter((_, index) => costs[index] === lowest);
  const forms = keysAt(subject.schema, path);
  if (lowest >= OTHER_SHAPE) return [{ path, message: `${shown(value)} is not valid here: ${otherShape(branches, forms)}` }];
  const [first = []] = meant;
  if (meant.length === 1) return first.flatMap((issue) => describe(issue, path, subject));
  const unknown = first.filter((issue) => issue.code === "unrecognized_keys" && issue.path.length === 0);
  if (unknown.length > 0) return unknown.flatMap((issue) => describe(issue, path, subject));
  return [{ path, message: `needs ${forms.map((keys) => JSON.stringify(keys[0])).join(" or ")}` }];
}

/** A value of another kind altogether: no key of it is worth talking about. */
const OTHER_SHAPE = 1_000_000;
/** A missing or unknown key of the branch's own says more against it than anything wrong further in. */
const OTHER_KEYS = 1000;

function costOf(issues: readonly Issue[], outer: Path, subject: Subject): number {
  return issues.reduce((sum, issue) => sum + costOfIssue(issue, outer, subject), 0);
}

function costOfIssue(issue: Issue, outer: Path, subject: Subject): number {
  if (issue.code === "unrecognized_keys") return issue.path.length === 0 ? OTHER_KEYS * issue.keys.length : 1;
  if (issue.path.length === 0 && issue.code === "invalid_union") return Math.min(...issue.errors.map((inner) => costOf(inner, outer, subject)));
  if (issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value")) return OTHER_SHAPE;
  return issue.path.length === 1 && valueAt(subject.value, [...outer, ...issue.path]) === undefined ? OTHER_KEYS : 1;
}

function otherShape(branches: readonly (readonly Issue[])[], forms: readonly (readonly string[])[]): string {
  const literals = branches.flat().flatMap((issue) => (issue.code === "invalid_value" && issue.path.length === 0 ? issue.values.map(String) : []));
  const keys = [...new Set(forms.map((form) => form[0]))].map((key) => JSON.stringify(key));
  const blocks = keys.length === 0 ? [] : [`a block with ${keys.join(" or ")}`];
  return `write ${[...literals, ...blocks].join(", or ")}`;
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (typeof inner === "object" && inner !== null && Object.hasOwn(inner, step) ? (inner as Record<PropertyKey, unknown>)[step] : undefined), value);
}
