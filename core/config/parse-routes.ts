import { trackNamedIn } from "../model/names.ts";
import { parseShareTarget, orderShares } from "../model/share-target.ts";
import { type Result, err, ok } from "../model/result.ts";
import type { Condition, Failover, Routes, Rule, Split, ValueMatch } from "../model/routes.ts";
import type { ConfigError } from "./config-error.ts";
import { parseYamlAs } from "./parse-yaml-as.ts";
import { problemsOfRoutes } from "./routes-rules.ts";
import { type WrittenRoutes, type WrittenSplit, routesSchema } from "./routes-schema.ts";

/** A document is short enough to be written by hand. */
const LARGEST = 64 * 1024;
/** Of broken ones, so many faults are told. */
const MOST_ERRORS = 50;

/** Reads a routing document, YAML or JSON. The fault is all that is wrong with it, in its own order, each with line and column. */
export function parseRoutes(text: string, fileName: string): Result<Routes, readonly ConfigError[]> {
  const written = parseWrittenRoutes(text, fileName);
  return written.ok ? ok(routesOf(written.value)) : written;
}

/** The same, as it is written: what is edited. */
export function parseWrittenRoutes(text: string, fileName: string): Result<WrittenRoutes, readonly ConfigError[]> {
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST) return err([{ message: `it is ${bytes} bytes long; the limit is ${LARGEST}`, path: "", file: fileName, line: 1, column: 1 }]);
  const parsed = parseYamlAs(routesSchema, text, fileName, problemsOfRoutes);
  return parsed.ok ? ok(parsed.value) : err(parsed.fault.slice(0, MOST_ERRORS));
}

/** For `status`: the first fault with its place, and how many more there are. */
export function sayFaults([first, ...more]: readonly ConfigError[]): string {
  if (first === undefined) return "it is no routing document";
  const { column, line, message, path } = first;
  return `line ${line}, column ${column}: ${path === "" ? "" : `${path}: `}${message}${more.length === 0 ? "" : ` (and ${more.length} more)`}`;
}

/** What a document that was found good means. */
export function routesOf({ enough, failover, none, rules, split, sticky }: WrittenRoutes): Routes {
  return {
    split: split === undefined ? undefined : splitOf(split),
    rules: (rules ?? []).map(({ match, split: own }): Rule => ({ conditions: conditionsOf(match), split: splitOf(own) })),
    sticky: sticky === undefined ? undefined : "header" in sticky ? { from: "header", name: sticky.header.toLowerCase() } : { from: "cookie", name: sticky.cookie },
    failover: failover === undefined ? undefined : failoverOf(failover),
    none: none ?? "hold",
    enough: enough === undefined ? undefined : partOf(enough),
  };
}

function splitOf(written: WrittenSplit): Split {
  const shares = Object.entries(written).flatMap(([text, weight]) => {
    const target = parseShareTarget(text);
    return target.ok ? [{ target: target.value, weight }] : [];
  });
  return orderShares(shares);
}

type WrittenMatch = NonNullable<WrittenRoutes["rules"]>[number]["match"];
type WrittenValue = NonNullable<WrittenMatch["header"]>[string];

/** Cheap conditions come first, so that a rule that doesn't match costs little. */
function conditionsOf({ caller, cookie, header, method, path }: WrittenMatch): readonly Condition[] {
  const conditions: Condition[] = [];
  if (method !== undefined) conditions.push({ kind: "method", methods: [method].flat() });
  if (path !== undefined) conditions.push({ kind: "path", prefix: path });
  if (caller !== undefined) conditions.push({ kind: "caller", services: [caller].flat() });
  for (const [name, value] of Object.entries(header ?? {})) conditions.push({ kind: "header", name: name.toLowerCase(), value: valueOf(value) });
  for (const [name, value] of Object.entries(cookie ?? {})) conditions.push({ kind: "cookie", name, value: valueOf(value) });
  return conditions;
}

function valueOf(written: WrittenValue): ValueMatch {
  if (typeof written === "string") return { kind: "exact", text: written };
  if ("exact" in written) return { kind: "exact", text: written.exact };
  if ("prefix" in written) return { kind: "prefix", text: written.prefix };
  return { kind: "present", present: written.present };
}

function failoverOf({ active, to, when }: NonNullable<WrittenRoutes["failover"]>): Failover {
  const track = trackNamedIn(to);
  return {
    to: track === undefined ? { kind: "service", service: to } : { kind: "track", track },
    passingBelow: when === undefined ? undefined : partOf(when.passingBelow),
    active: active ?? false,
  };
}

/** `50%` is 0.5. */
function partOf(percentage: string): number {
  return Number(percentage.slice(0, -1)) / 100;
}
