/**
 * What the schema of a routing document can't say. Like those of the agent's file, these rules look at the document as it
 * was written, and leave to the schema what isn't of the right type.
 */
import { parseShareTarget } from "../model/share-target.ts";
import type { Path, Problem } from "./config-error.ts";
import { valueAt } from "./describe-problems.ts";
import { MOST_CONDITIONS, MOST_SHARES } from "./routes-schema.ts";

export function problemsOfRoutes(document: unknown): readonly Problem[] {
  const rules = valueAt(document, ["rules"]);
  const places: readonly Path[] = Array.isArray(rules) ? rules.map((_, index) => ["rules", index]) : [];
  return [
    ...problemsOfSplit(document, ["split"]),
    ...places.flatMap((place) => [...problemsOfSplit(document, [...place, "split"]), ...problemsOfMatch(document, [...place, "match"])]),
    ...refuseZero(document, ["failover", "when", "passingBelow"], 'never comes true at 0%: write more, or leave out "when" for a failover by command only'),
    ...refuseZero(document, ["enough"], "is always so at 0%: write more, or leave it out"),
  ];
}

function problemsOfSplit(document: unknown, path: Path): readonly Problem[] {
  const split = valueAt(document, path);
  if (typeof split !== "object" || split === null || Array.isArray(split)) return [];
  const names = Object.keys(split);
  const bad = names.flatMap((name): Problem[] => {
    const target = parseShareTarget(name);
    return target.ok ? [] : [{ path: [...path, name], atKey: true, message: target.fault }];
  });
  if (names.length > MOST_SHARES) bad.push({ path, message: `names ${names.length} versions: at most ${MOST_SHARES}` });
  const weights = names.map((name) => valueAt(split, [name]));
  if (names.length === 0) bad.push({ path, message: 'is empty: name a version, "pin" or "track:<name>", or leave the split out' });
  else if (weights.every((weight) => weight === 0)) bad.push({ path, message: "has only zeros: give one of them a weight" });
  return bad;
}

function problemsOfMatch(document: unknown, path: Path): readonly Problem[] {
  const match = valueAt(document, path);
  if (typeof match !== "object" || match === null || Array.isArray(match)) return [];
  const [headers, cookies] = ["header", "cookie"].map((kind) => Object.keys(Object(valueAt(match, [kind])))) as [string[], string[]];
  const lower = headers.map((name) => name.toLowerCase());
  const twice = headers.filter((_, index) => lower.indexOf(lower[index] ?? "") < index);
  const count = headers.length + cookies.length + ["path", "method", "caller"].filter((key) => Object.hasOwn(match, key)).length;
  return [
    ...(headers.includes(HIDDEN) ? [hidden([...path, "header"])] : []),
    ...(cookies.includes(HIDDEN) ? [hidden([...path, "cookie"])] : []),
    ...twice.map((name) => ({ path: [...path, "header", name], atKey: true, message: "this header is here twice: its name is the same in capitals and in small letters" })),
    ...(count === 0 ? [{ path, message: "is empty: name a header, cookie, path, method or caller; what goes for all requests is the document's own split" }] : []),
    ...(count > MOST_CONDITIONS ? [{ path, message: `has ${count} conditions: at most ${MOST_CONDITIONS}` }] : []),
  ];
}

/** zod passes over this name in silence where any name can stand. In a split it is no version, anyway. */
const HIDDEN = "__proto__";

function hidden(path: Path): Problem {
  return { path: [...path, HIDDEN], atKey: true, message: "can't be matched by that name" };
}

function refuseZero(document: unknown, path: Path, message: string): readonly Problem[] {
  const text = valueAt(document, path);
  return typeof text === "string" && /^0+(\.0+)?%$/.test(text) ? [{ path, message }] : [];
}
