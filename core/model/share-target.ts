import minVersion from "semver/ranges/min-version.js";
import compareBuild from "semver/functions/compare-build.js";
import parseSemver from "semver/functions/parse.js";
import validRange from "semver/ranges/valid.js";
import { parseTrack, parseVersion, quoteForPerson, trackNamedIn } from "./names.ts";
import { type Result, err, ok } from "./result.ts";
import type { Share, ShareTarget, Split } from "./routes.ts";

/**
 * Reads what a share is written for. Whatever can be a version is one; a range shows that it is none by its first
 * character or by what no version holds, as `^1.4`, `~1.4`, `>=1 <2` and `1.*` do.
 */
export function parseShareTarget(text: string): Result<ShareTarget, string> {
  if (text === "pin") return ok({ kind: "pin", text });
  const named = trackNamedIn(text);
  if (named !== undefined) {
    const track = parseTrack(named);
    return track.ok ? ok({ kind: "track", track: track.value, text }) : track;
  }
  if (text === "none") return err('"none" is no version; traffic goes to versions, to "pin" or to "track:<name>"');
  const version = parseVersion(text);
  if (version.ok) return ok({ kind: "version", version: version.value, text });
  if (text.trim() !== "" && validRange(text) !== null) return ok({ kind: "range", range: text, text });
  return err(`${quoteForPerson(text)} is no version, no semver range such as "^1.4", and neither "pin" nor "track:<name>"`);
}

/**
 * The order in which shares get their slots. It rests on what is written alone, never on weights, so that a share which
 * grows keeps its place: versions and ranges, oldest first, then tracks by name. The remainder comes last: the pin, or
 * the first of the others where the pin isn't named.
 */
export function orderShares(shares: readonly Share[]): Split {
  const others = shares.filter(({ target }) => target.kind !== "pin").sort((a, b) => compareTargets(a.target, b.target));
  const pin = shares.filter(({ target }) => target.kind === "pin");
  return pin.length > 0 ? [...others, ...pin] : [...others.slice(1), ...others.slice(0, 1)];
}

function compareTargets(a: ShareTarget, b: ShareTarget): number {
  const [left, right] = [semverOf(a), semverOf(b)];
  if (left !== null && right !== null) return compareBuild(left, right) || compareText(a.text, b.text);
  if (left !== null || right !== null) return left === null ? 1 : -1;
  return Number(a.kind === "track") - Number(b.kind === "track") || compareText(a.text, b.text);
}

function semverOf(target: ShareTarget) {
  if (target.kind === "version") return parseSemver(target.version);
  return target.kind === "range" ? minVersion(target.range) : null;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
