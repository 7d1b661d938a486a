import semverSatisfies from "semver/functions/satisfies.js";
import parseSemver from "semver/functions/parse.js";
import validRange from "semver/ranges/valid.js";
import { pinOf } from "../../model/desired.ts";
import { quoteForPerson } from "../../model/names.ts";
import { NO_PIN } from "../../model/pin.ts";
import { ok } from "../../model/result.ts";
import { passed } from "../checks.ts";
import { isCondemned } from "../current.ts";
import { newestFirst } from "../version-order.ts";
import { newestWithPin } from "../walk-back.ts";
import { preferWorking } from "./crossing-to.ts";
import { type FoundTarget, type Search, refuseTarget } from "./target.ts";

/** `--to <text>`: a registered version first, then the newest registered, uncondemned version in a semver range. */
export function findNamed(search: Search, text: string): FoundTarget {
  const { service, releases } = search.known.facts;
  if (releases.has(text)) return ok(goTo(search, text, `${text} was named`, []));
  const isRange = validRange(text) !== null && parseSemver(text) === null;
  const matching = validRange(text) === null ? [] : matchesOf(search, text);
  const condemned = matching.filter((version) => isCondemned(search.known.facts, version));
  const uncondemned = matching.filter((version) => !condemned.includes(version));
  const [chosen] = preferWorking(search, uncondemned);
  if (chosen !== undefined) {
    const passedOver = condemned.filter((version) => matching.indexOf(version) < matching.indexOf(chosen));
    return ok(goTo(search, chosen, `${chosen} is the newest registered version in ${text}${chosen === uncondemned[0] ? "" : " that works with its data as they are"}`, passedOver.map((version) => `${service}: ${version} passed over: it is condemned`)));
  }
  if (condemned.length > 0) return refuseTarget(service, "target", `every registered version of ${service} in ${text} is condemned: ${condemned.join(", ")}; name one of them with --override, or another`);
  if (isRange) return refuseTarget(service, "target", `no registered version of ${service} is in the range ${text}; "rollpin release list ${service}" shows what there is`);
  return refuseTarget(service, "registered", `${quoteForPerson(text)} is neither a registered version of ${service} nor a semver range; "rollpin release list ${service}" shows what there is`);
}

/** `--to track:<name>`: what that track is pinned to. */
export function findTrack(search: Search, track: string): FoundTarget {
  const { facts, current } = search.known;
  const version = pinOf(current.state, track);
  if (version !== undefined && version !== NO_PIN) return ok(goTo(search, version, `${track} is pinned to ${version}`, []));
  const tracks = Object.keys(current.state.pins).sort().join(", ");
  return refuseTarget(facts.service, "target", `track ${track} of ${facts.service} is not pinned to a version; pinned tracks: ${tracks === "" ? "none" : tracks}`);
}

function goTo(search: Search, version: string, detail: string, notes: readonly string[]) {
  return { version, source: newestWithPin(search.walked, search.request.track, version), check: passed("target", search.known.facts.service, detail), notes };
}

/** Newest first. */
function matchesOf({ known }: Search, range: string): readonly string[] {
  const { releases } = known.facts;
  const matching = [...releases.keys()].filter((version) => semverSatisfies(version, range));
  return newestFirst(matching, (version) => releases.get(version)?.createIndex);
}
