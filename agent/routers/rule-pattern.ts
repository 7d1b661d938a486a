/**
 * A rule as one regular expression, so that rules are entries of a map: HAProxy's, which is replaced while it runs, or
 * nginx's. It is matched with the request as one text: method, space, path, line feed, then every header line as
 * `name: value`, the name in lower case, ended by carriage return and line feed. Only what PCRE and JavaScript read alike is used.
 */
import type { Condition, Sticky, ValueMatch } from "../../core/model/routes.ts";
import { regexLiteral } from "../template/regex-literal.ts";

const ANYTHING = String.raw`[\s\S]*`;
const BLANKS = String.raw`[ \t]*`.replace(" ", String.raw`\x20`);
const NEVER = "(?!)";
/** What stands for every request. */
export const EVERYTHING = ANYTHING;

/** One part of a Cookie line up to the `;` or `,` that ends it: those in quotes don't (core/decide/routing/read-cookie.ts). */
const ITEM = String.raw`(?:"(?:[^"\\\r]|\\[^\r])*(?:"|\\?(?=\r))|[^";,\r])*`;
const COOKIES = String.raw`\ncookie:\x20(?:${ITEM}[;,])*${BLANKS}`;

/** Undefined where it can't match for this caller. */
export function rulePattern(conditions: readonly Condition[], caller: string): string | undefined {
  const method = conditions.find(({ kind }) => kind === "method");
  const path = conditions.find(({ kind }) => kind === "path");
  const methods = method?.kind === "method" ? method.methods.map(regexLiteral).join("|") : String.raw`[^\x20]*`;
  const prefix = path?.kind === "path" ? regexLiteral(path.prefix) : "";
  const more = conditions.map((condition) => lookAhead(condition, caller));
  return more.includes(NEVER) ? undefined : String.raw`^(?:${methods})\x20${prefix}${more.join("")}`;
}

/** What sticks, as the first group. */
export function stickyPattern({ from, name }: Sticky): string {
  if (from === "header") return String.raw`^${ANYTHING}\n${regexLiteral(name)}:\x20([^\r]*)\r`;
  return String.raw`^${ANYTHING}${COOKIES}${regexLiteral(name)}${BLANKS}=${BLANKS}(${ITEM.replace(/\*$/, "*?")})${BLANKS}[;,\r]`;
}

function lookAhead(condition: Condition, caller: string): string {
  switch (condition.kind) {
    case "method":
    case "path":
      return "";
    case "caller":
      return condition.services.includes(caller) ? "" : NEVER;
    case "header":
      return headerAhead(regexLiteral(condition.name), condition.value);
    case "cookie":
      return cookieAhead(regexLiteral(condition.name), condition.value);
  }
}

// The path is over where the first header begins, so looking ahead from inside of it finds all lines.
function headerAhead(name: string, value: ValueMatch): string {
  const line = String.raw`${ANYTHING}\n${name}:\x20`;
  if (value.kind === "present") return `(?${value.present ? "=" : "!"}${line})`;
  const rest = value.kind === "prefix" ? String.raw`[^\r]*\r` : String.raw`\r`;
  return `(?=${line}${regexLiteral(value.text)}${rest}(?!${line}))`;
}

function cookieAhead(name: string, value: ValueMatch): string {
  const named = `${name}${BLANKS}=`;
  const first = `${ANYTHING}${COOKIES}${named}`;
  if (value.kind === "present") return `(?${value.present ? "=" : "!"}${first})`;
  // A value ends there, so none has them.
  if (/[;,]/.test(value.text)) return NEVER;
  const rest = value.kind === "prefix" ? ITEM : BLANKS;
  const isLast = String.raw`(?=[;,\r])(?!(?:[;,]${ITEM})*[;,]${BLANKS}${named})(?!${first})`;
  return `(?=${first}${BLANKS}${regexLiteral(value.text)}${rest}${isLast})`;
}
