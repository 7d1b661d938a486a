/** YAML (and so JSON) with places. The only file that loads `yaml`; import it lazily where start-up time matters. */
import { type Document, LineCounter, type Node, type Pair, isAlias, isCollection, isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";
import { type Result, err, ok } from "../model/result.ts";
import { type ConfigError, type Path, type Problem, renderPath } from "./config-error.ts";

/** No file that a person writes is larger. */
const LARGEST = 1024 * 1024;
/** How often anchors may be expanded: a few shared blocks, no billion laughs. */
const MOST_ALIASES = 100;

export interface YamlFile {
  readonly value: unknown;
  /** Turns a problem's path into a line and column. A key that isn't there is shown at the collection that lacks it. */
  readonly locate: (problem: Problem) => ConfigError;
  /** The characters of the scalar at a path, as they stand in the file: `1.10`, where the value is the number 1.1. */
  readonly source: (path: Path) => string | undefined;
}

export function readYaml(text: string, file: string): Result<YamlFile, readonly ConfigError[]> {
  const bytes = Buffer.byteLength(text);
  if (bytes > LARGEST) return err([wholeFile(file, `it is ${bytes} bytes long; the limit is ${LARGEST}`)]);
  const lines = new LineCounter();
  // A key is the text that stands there: `1.10` is a version, and no number that loses its zero.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, stringKeys: true, logLevel: "error" });
  const errors = [...document.errors, ...document.warnings].map((error) => ({ message: explain(error.code, error.message), path: "", file, ...placeAt(lines, error.pos[0]) }));
  if (errors.length > 0) return err(errors);
  const value = expand(document);
  if (!value.ok) return err([wholeFile(file, value.fault)]);
  return ok({
    value: value.value,
    locate: (problem) => ({ message: problem.message, path: renderPath(problem.path), file, ...placeAt(lines, offsetOf(document, problem)) }),
    source: (path) => sourceOf(document, path),
  });
}

/** A value of no certain format, such as a service's config: parsed where it is JSON or YAML, undefined where it isn't. */
export function parseData(text: string): unknown {
  const read = readYaml(text, "");
  return read.ok ? read.value.value : undefined;
}

function wholeFile(file: string, message: string): ConfigError {
  return { message, path: "", file, line: 1, column: 1 };
}

function explain(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return 'it holds more than one YAML document; keep one, without "---" in between';
  if (code === "DUPLICATE_KEY") return "this key is here twice; keep one of them";
  if (code === "NON_STRING_KEY") return "a key is one text, not a list or a block";
  if (code === "TAB_AS_INDENT") return "tabs can't indent YAML; use spaces";
  return message;
}

function expand(document: Document): Result<unknown, string> {
  try {
    return ok(document.toJS({ maxAliasCount: MOST_ALIASES }));
  } catch (error) {
    if (error instanceof ReferenceError) return err(`its anchors can't be expanded: ${error.message}`);
    throw error;
  }
}

function placeAt(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

interface Step {
  readonly key: number;
  readonly value: number;
}

function offsetOf(document: Document, problem: Problem): number {
  let node: unknown = document.contents;
  let place: Step = { key: startOf(node) ?? 0, value: startOf(node) ?? 0 };
  for (const step of problem.path) {
    const next = descend(document, node, step);
    if (next === undefined) return place.key;
    const key = startOf(next.key) ?? startOf(next.value) ?? place.value;
    place = { key, value: startOf(next.value) ?? key };
    node = next.value;
  }
  return problem.atKey === true || isCollection(node) ? place.key : place.value;
}

function descend(document: Document, node: unknown, step: PropertyKey): { key: unknown; value: unknown } | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) return typeof step === "number" && step in target.items ? { key: undefined, value: target.items[step] } : undefined;
  if (!isMap(target)) return undefined;
  return target.items.filter(isPair).find((pair: Pair) => String(isScalar(pair.key) ? pair.key.value : pair.key) === String(step));
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function sourceOf(document: Document, path: Path): string | undefined {
  let node: unknown = document.contents;
  for (const step of path) node = descend(document, node, step)?.value;
  return isScalar(node) ? node.source : undefined;
}
