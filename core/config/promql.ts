/**
 * PromQL with placeholders. What is filled in are checked names and versions, and they are filled in where they can be
 * nothing but a label's value: inside quotes, and in a pattern (`=~`) as that very text. The query's own grammar is left to Prometheus.
 */
import { type Result, err, ok } from "../model/result.ts";

const LONGEST = 2048;
const PLACEHOLDER = /^\{\{([^{}]*)\}\}/;

/** `text` and `pattern` are inside quotes, the second as a regular expression. */
type Place = "code" | "text" | "pattern";
interface Slot {
  readonly name: string;
  readonly written: string;
  readonly place: Place;
  readonly at: number;
}

const QUOTED = ["service", "version", "baseline"];
/** How long ago the change was, as PromQL writes durations. */
const WINDOW = "window";
const KNOWN = [...QUOTED, WINDOW].map((name) => `{{${name}}}`);

/** The text itself. The fault is a sentence. */
export function parsePromql(text: string): Result<string, string> {
  if (text.trim() === "") return err("needs a PromQL query");
  if (text.length > LONGEST) return err(`is longer than ${LONGEST} characters: put it into a recording rule, and name that here`);
  const { open, slots } = scan(text);
  if (open) return err("has a quote that is not closed");
  const fault = slots.map(faultOf).find((found) => found !== undefined);
  return fault === undefined ? ok(text) : err(fault);
}

export function usesPlaceholder(promql: string, name: string): boolean {
  return scan(promql).slots.some((slot) => slot.name === name);
}

export interface PromqlValues {
  readonly service: string;
  readonly version: string;
  readonly baseline?: string | undefined;
  readonly windowMs: number;
}

/** For a query that `parsePromql` has passed. Undefined where it needs a value that isn't there. */
export function fillPromql(promql: string, { windowMs, ...names }: PromqlValues): string | undefined {
  const values: Readonly<Record<string, string | undefined>> = { ...names, [WINDOW]: promqlDuration(windowMs) };
  let filled = "";
  let from = 0;
  for (const { at, name, place, written } of scan(promql).slots) {
    const value = values[name];
    if (value === undefined) return undefined;
    filled += promql.slice(from, at) + (place === "pattern" ? asPattern(value) : value);
    from = at + written.length;
  }
  return filled + promql.slice(from);
}

/** Whole seconds; one at least, since PromQL knows no empty range. */
function promqlDuration(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))}s`;
}

/** The only characters of a name or version that a regular expression takes for something else. In brackets they need no backslash, which each kind of quotes would read in its own way. */
function asPattern(value: string): string {
  return value.replaceAll(/[.+]/g, "[$&]");
}

function faultOf({ name, place, written }: Slot): string | undefined {
  const bare = name.trim();
  if (![...QUOTED, WINDOW].includes(bare)) return `${written} is not known here: there is ${KNOWN.join(", ")}`;
  if (bare !== name) return `${written} has spaces in it: write {{${bare}}}`;
  if (name === WINDOW) return place === "code" ? undefined : `{{${WINDOW}}} is a duration: write it where PromQL takes one, such as increase(errors_total[{{${WINDOW}}}])`;
  return place === "code" ? `{{${name}}} stands outside of quotes: write it as a label's value, such as {version="{{${name}}}"}` : undefined;
}

interface Scanned {
  readonly slots: readonly Slot[];
  /** A quote isn't closed. */
  readonly open: boolean;
}

function scan(text: string): Scanned {
  const slots: Slot[] = [];
  let quote = "";
  let place: Place = "code";
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    const [written, name = ""] = (letter === "{" ? PLACEHOLDER.exec(text.slice(at)) : null) ?? [];
    if (written !== undefined) {
      slots.push({ name, written, place, at });
      at += written.length - 1;
    } else if (quote === "") {
      if (letter === "#") at = endOfLine(text, at);
      else if (isQuote(letter)) [quote, place] = [letter, isBeforePattern(text.slice(0, at)) ? "pattern" : "text"];
    } else if (letter === "\\" && quote !== "`") at += 1;
    else if (letter === quote) [quote, place] = ["", "code"];
  }
  return { slots, open: quote !== "" };
}

const isQuote = (letter: string): boolean => letter === '"' || letter === "'" || letter === "`";
const isBeforePattern = (before: string): boolean => /[=!]~\s*$/.test(before);

/** A comment: nothing in it counts. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}
