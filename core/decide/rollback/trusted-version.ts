import { pinOf } from "../../model/desired.ts";
import { NO_PIN } from "../../model/pin.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { passed } from "../checks.ts";
import { isCondemned, isGood } from "../current.ts";
import { stepCount } from "../schema/crossing.ts";
import { describeUnread } from "../schema/describe-crossing.ts";
import { distinctBefore, newestWithPin } from "../walk-back.ts";
import { crossingsTo, preferWorking } from "./crossing-to.ts";
import { type FoundTarget, type Search, type Target, refuseTarget } from "./target.ts";

/**
 * The default target: the newest good release in the track's history, else the newest that may at least be trusted; of
 * those that work with the service's data as they are, or with the fewest migrations back where these are allowed. What
 * happens to run is not consulted, so that a second rollback, or one in the middle of anything, finds the same.
 */
export function findTrusted(search: Search): FoundTarget {
  const { facts } = search.known;
  const versions = pinnedBefore(search);
  const { target } = search.request;
  const required = target.kind === "default" ? target.version : undefined;
  const trusted = nearestData(search, trustedVersions(search));
  const good = trusted.find((version) => isGood(facts, version));
  if (required !== undefined && required !== (good ?? trusted[0])) return ok(targetOf(search, required, `${required} gets on best with what releases require of one another`, versions));
  const chosen = good ?? trusted[0];
  if (chosen === undefined) return refuseNone(search, versions, 1);
  const detail =
    good === undefined
      ? `no release in the history of ${search.request.track} is called good; ${chosen} is the latest that is registered and not condemned`
      : `${chosen} is the newest good release in the history of ${search.request.track}`;
  return ok(targetOf(search, chosen, detail, versions));
}

/** Those that a default rollback may go to, the most recent first. */
export function trustedVersions(search: Search): readonly string[] {
  return preferWorking(search, pinnedBefore(search).filter((version) => isUsable(search, version).ok));
}

/** Those for which the least is migrated back. */
function nearestData(search: Search, versions: readonly string[]): readonly string[] {
  const crossings = crossingsTo(search, versions);
  const stepsTo = (version: string): number => stepCount(crossings.get(version) ?? { kind: "none" });
  const fewest = Math.min(...versions.map(stepsTo));
  return versions.filter((version) => stepsTo(version) === fewest);
}

/** `--steps n`: n different usable versions back, good or not. */
export function findStepsBack(search: Search, steps: number): FoundTarget {
  const versions = pinnedBefore(search);
  const chosen = versions.filter((version) => isUsable(search, version).ok)[steps - 1];
  if (chosen === undefined) return refuseNone(search, versions, steps);
  return ok(targetOf(search, chosen, `${chosen} is ${steps} back in the history of ${search.request.track}`, versions));
}

function pinnedBefore({ walked, left, request }: Search): readonly string[] {
  return distinctBefore(walked, left, (state) => pinOf(state, request.track));
}

/** Why a version of the track's history can't be gone back to. */
function isUsable({ known }: Search, version: string): Result<void, string> {
  if (version === NO_PIN) return err("it means unpinned, which is nothing to go back to");
  if (!known.facts.releases.has(version)) return err("it is not registered");
  const verdict = known.facts.verdicts.get(version)?.value;
  if (isCondemned(known.facts, version)) return err(`condemned by ${verdict?.by}${verdict?.reason === undefined ? "" : `: ${verdict.reason}`}`);
  return ok(undefined);
}

function targetOf(search: Search, version: string, detail: string, versions: readonly string[]): Target {
  const { service } = search.known.facts;
  const skipped = versions.slice(0, versions.indexOf(version));
  return {
    version,
    source: newestWithPin(search.walked, search.request.track, version),
    check: passed("target", service, detail),
    notes: skipped.map((other) => describeSkipped(search, other)),
  };
}

function describeSkipped(search: Search, version: string): string {
  const usable = isUsable(search, version);
  const { target } = search.request;
  const passedOver = whyData(search, version) ?? (target.kind === "default" && target.version !== undefined ? "it doesn't get on with what releases require, or takes more services along, or was never called good" : "it was never called good");
  const wanted = target.kind === "steps" ? "it counts as a step" : passedOver;
  return `${search.known.facts.service}: ${version} passed over: ${usable.ok ? wanted : usable.fault}`;
}

/** Undefined where it works with the data as they are. */
function whyData(search: Search, version: string): string | undefined {
  const { releases, service } = search.known.facts;
  const release = releases.get(version)?.value;
  const crossing = crossingsTo(search, [version]).get(version);
  return release === undefined || crossing === undefined || crossing.kind === "none" ? undefined : describeUnread(service, release, crossing);
}

function refuseNone(search: Search, versions: readonly string[], steps: number): FoundTarget {
  const { service } = search.known.facts;
  const { track } = search.request;
  const others = versions.map((version) => {
    const usable = isUsable(search, version);
    return usable.ok ? `${version} is usable` : `${version}: ${usable.fault}`;
  });
  const present = search.left === undefined ? `${track} of ${service} was never pinned` : `${track} of ${service} is at ${search.left}`;
  const found = others.length === 0 ? "its history holds no other version" : `its history holds ${others.join("; ")}`;
  const wanted = steps === 1 ? "there is nothing to go back to" : `there are no ${steps} versions to go back over`;
  const advice = others.length === 0 ? `"rollpin release list ${service}" shows what else there is for --to` : `name a version with --to, or "rollpin release clear ${service} <version>"`;
  return refuseTarget(service, "target", `${wanted}: ${present}, and ${found}; ${advice}`);
}
