import { pinOf } from "../../model/desired.ts";
import { STABLE } from "../../model/names.ts";
import type { Routes } from "../../model/routes.ts";
import { distinctBefore, walkBack } from "../walk-back.ts";
import type { AuditFacts, Finding } from "./determine-finding.ts";

/** What to type, and why just that. */
export interface Suggestion {
  readonly kind: "previous" | "version" | "part" | "routes" | "backup" | "below" | "none";
  readonly command: string | undefined;
  readonly why: string;
}

export interface WaysBack extends AuditFacts {
  /** Registered, and not condemned. */
  readonly isTrusted: (version: string) => boolean;
  readonly isGood: (version: string) => boolean;
  readonly routes: Routes;
}

export function suggestWayBack(finding: Finding, ways: WaysBack): Suggestion {
  switch (finding.kind) {
    case "nothing":
      return nothing("no call fails");
    case "undecided":
      return nothing("too few calls fail to tell a version or a change from another; look again when there are more, or with another --since");
    case "change":
      return { kind: "part", command: `rollpin rollback ${ways.service} --only ${finding.part}`, why: `revision ${finding.revision.revision} changed the ${finding.part} and left the version as it was` };
    case "alike":
      return forAlike(finding, ways);
    case "version":
      return forVersion(finding, ways);
  }
}

function forVersion({ better, suspect }: Extract<Finding, { kind: "version" }>, ways: WaysBack): Suggestion {
  const { service, state } = ways;
  const [bad, good] = [suspect.version ?? "", better.version ?? ""];
  const pinned = pinOf(state, STABLE);
  if (pinned !== bad) {
    const [track] = Object.entries(state.pins).find(([, version]) => version === bad) ?? [];
    if (track !== undefined) return { kind: "previous", command: `rollpin rollback ${service} --track ${track}`, why: `${track} of ${service} is pinned to ${bad}` };
    if (isNamed(ways.routes, bad)) return { kind: "routes", command: `rollpin route clear ${service}`, why: `${service} is pinned to ${pinned ?? "nothing"}, and its routes still name ${bad}` };
    return nothing(`${service} is pinned to ${pinned ?? "nothing"}, and has left ${bad === "" ? "what failed" : bad} already`);
  }
  if (!ways.isTrusted(good)) return forUntrusted(good, ways);
  if (defaultTarget(ways, bad) === good) return { kind: "previous", command: `rollpin rollback ${service}`, why: `it goes back to ${good}, whose calls went better` };
  return { kind: "version", command: `rollpin rollback ${service} --to ${good}`, why: `${good} is the most recent release whose calls went better` };
}

function isNamed({ rules, split }: Routes, version: string): boolean {
  return [split ?? [], ...rules.map((rule) => rule.split)].flat().some(({ target, weight }) => weight > 0 && target.kind === "version" && target.version === version);
}

function forUntrusted(good: string, ways: WaysBack): Suggestion {
  const why = good === "" ? "the rows of the better calls don't say which version it was" : `${good} did better, but it is condemned or not registered`;
  return ways.routes.failover === undefined ? nothing(`${why}: "rollpin release list ${ways.service}" shows what there is`) : toBackup(ways, why);
}

/** Where `rollpin rollback` goes by itself: core/decide/rollback/trusted-version.ts, without what releases require of one another. */
function defaultTarget({ history, isGood, isTrusted }: WaysBack, left: string): string | undefined {
  const trusted = distinctBefore(walkBack(history), left, (state) => pinOf(state, STABLE)).filter(isTrusted);
  return trusted.find(isGood) ?? trusted[0];
}

function forAlike({ below }: Extract<Finding, { kind: "alike" }>, ways: WaysBack): Suggestion {
  if (below !== undefined) return { kind: "below", command: `rollpin audit analyze ${below.service}`, why: `most of them fail in calls to ${below.service}, whatever the version of ${ways.service}: look there, with its own rows` };
  const why = "no version and no change did better, so going back would not help";
  return ways.routes.failover === undefined ? nothing(why) : toBackup(ways, why);
}

function toBackup({ routes, service }: WaysBack, why: string): Suggestion {
  if (routes.failover?.active === true) return nothing(`${why}; the backup has taken over already`);
  return { kind: "backup", command: `rollpin failover ${service}`, why: `${why}; the routes name a backup` };
}

function nothing(why: string): Suggestion {
  return { kind: "none", command: undefined, why };
}
