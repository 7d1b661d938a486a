import { type DesiredState, type Part, isPinPart, partOfTrack, pinOf, trackOfPart, withPart } from "../../model/desired.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Check, Refusal, VerdictChange } from "../../model/plan.ts";
import type { RollbackRequest } from "../../model/requests.ts";
import { type Result, ok } from "../../model/result.ts";
import { checkArtifact, checkCondemned, checkFrozen, checkRegistered, checkRestored, passed } from "../checks.ts";
import { keepRoutes } from "../keep-routes.ts";
import { digestOf } from "../digest.ts";
import type { PlanContext } from "../plans/assemble-plan.ts";
import type { ServiceShare } from "../plans/plan-each.ts";
import { type KnownService, changeService, clearVerdict } from "../plans/service-change.ts";
import { judgeSchema } from "../schema/judge-schema.ts";
import { noteTraffic } from "../traffic-checks.ts";
import { walkBack } from "../walk-back.ts";
import { findTarget } from "./find-target.ts";
import type { Search, Target } from "./target.ts";

/** One service's share of a rollback. `along` is why it moves though nobody named it. */
export function rollBackService(known: KnownService, request: RollbackRequest, { now, traffic }: PlanContext, along?: string): Result<ServiceShare, Refusal> {
  const may = [checkFrozen(known.facts, "back", request.override, now), checkRestored(known.facts)];
  if (isOverGarbage(known, request)) return ok(restoreAccepted(known, request, may));
  const search: Search = { known, request, walked: walkBack(known.facts.history), left: pinOf(known.current.state, request.track), along };
  const found = findTarget(search);
  if (!found.ok) return found;
  const share = goBack(search, found.value, may);
  const { version } = found.value;
  if (share.plan === undefined || !movesPin(request) || version === undefined || version === NO_PIN) return ok(share);
  return ok({ ...share, notes: [...share.notes, ...noteTraffic(known, version, traffic?.get(known.facts.service))] });
}

/** Whether the key that a default rollback would move can't be obeyed: then nothing was left, and nothing is to blame. */
function isOverGarbage({ current }: KnownService, { target, only, track }: RollbackRequest): boolean {
  const moved: Part = only === "config" || only === "routes" ? only : partOfTrack(track);
  return target.kind === "default" && current.refused.some(({ part }) => part === moved);
}

function restoreAccepted(known: KnownService, request: RollbackRequest, may: readonly Check[]): ServiceShare {
  const { service } = known.facts;
  const why = "put back the accepted state over what can't be obeyed";
  const plan = changeService(known, { why, after: known.current.state, concerns: concernsOf(request, []), back: true });
  const check = passed("target", service, "the accepted state, because what stands there now can't be obeyed; nothing is condemned");
  return { plan, checks: [...may, check], notes: known.current.refused.map(({ message }) => message) };
}

function goBack(search: Search, target: Target, may: readonly Check[]): ServiceShare {
  const { known, request, left } = search;
  const { facts, current } = known;
  const tracks = movesPin(request) && target.version !== undefined ? tracksMoved(current.state, request.track, left) : [];
  const { after, check } = keepRoutes(known, stateAfter(current.state, request, target, tracks), request.override);
  const concerns = concernsOf(request, tracks);
  const verdicts = verdictsOf(search, target, tracks);
  const mends = current.refused.some(({ part }) => concerns(part));
  if (digestOf(after) === digestOf(current.state) && !mends && verdicts.length === 0) {
    return { plan: undefined, checks: [], notes: [`${facts.service} is there already: ${target.check.detail}`] };
  }
  const { checks, migration } = judgeSchema(known, after, tracks, request);
  const changed = changeService(known, { why: describeWhy(search, target, tracks), after, concerns, verdicts, back: true, migration });
  const plan = NAMES_REVISION.has(request.target.kind) && target.source !== undefined ? { ...changed, asOf: target.source.revision } : changed;
  const looked = [...may, target.check, ...checkTarget(search, target, tracks), ...checks, ...(request.only === "config" ? [] : [check])];
  return { plan, migration, checks: looked, notes: [...target.notes, ...noteAlong(search, tracks)] };
}

const NAMES_REVISION: ReadonlySet<RollbackRequest["target"]["kind"]> = new Set(["at", "revision"]);

function movesPin({ only }: RollbackRequest): boolean {
  return only === undefined || only === "pin";
}

/** The track, and those that are pinned to the version it leaves: it is to be left everywhere. */
function tracksMoved(state: DesiredState, track: string, left: string | undefined): readonly string[] {
  const along = left === undefined || left === NO_PIN ? [] : Object.keys(state.pins).filter((other) => other !== track && pinOf(state, other) === left);
  return [track, ...along.sort()];
}

function stateAfter(state: DesiredState, { only }: RollbackRequest, { version, source }: Target, tracks: readonly string[]): DesiredState {
  let after = state;
  for (const track of tracks) after = withPart(after, partOfTrack(track), version);
  for (const part of ["config", "routes"] as const) {
    if (source !== undefined && (only === undefined || only === part)) after = withPart(after, part, source.state[part]);
  }
  return after;
}

function concernsOf({ only, track }: RollbackRequest, tracks: readonly string[]): (part: Part) => boolean {
  return (part) => {
    if (isPinPart(part)) return (only === undefined || only === "pin") && [track, ...tracks].includes(trackOfPart(part));
    return part !== "pace" && (only === undefined || only === part);
  };
}

function checkTarget({ known: { facts }, request: { override } }: Search, { version }: Target, tracks: readonly string[]): readonly Check[] {
  if (tracks.length === 0 || version === undefined || version === NO_PIN) return [];
  return [checkRegistered(facts, version), checkCondemned(facts, version, override), checkArtifact(facts, tracks, version, override)];
}

/** Condemns what is left and, where that was overridden, clears what is gone to. */
function verdictsOf({ known, request, left }: Search, { version }: Target, tracks: readonly string[]): readonly VerdictChange[] {
  if (tracks.length === 0 || version === undefined || version === left) return [];
  return [...clearVerdict(known.facts, version), ...condemn({ known, request, left }, version)];
}

function condemn({ known, request, left }: Pick<Search, "known" | "request" | "left">, version: string): readonly VerdictChange[] {
  const blames = request.condemn && request.target.kind !== "at" && request.target.kind !== "revision";
  if (!blames || left === undefined || left === NO_PIN) return [];
  const before = known.facts.verdicts.get(left);
  if (before?.value.verdict === "condemned") return [];
  const reason = request.reason ?? `rolled back to ${version}`;
  return [{ version: left, before: before?.value, modifyIndex: before?.modifyIndex, after: { verdict: "condemned", reason } }];
}

function describeWhy({ along, request, left, known }: Search, { version, source }: Target, tracks: readonly string[]): string {
  const pin = tracks.length === 0 ? "" : `${tracks.join(", ")} from ${left ?? "no pin"} to ${version}`;
  const parts = (["config", "routes"] as const).filter((part) => source !== undefined && (request.only === undefined || request.only === part) && source.state[part] !== known.current.state[part]);
  const texts = parts.length === 0 ? "" : `${parts.join(" and ")} as in revision ${source?.revision}`;
  return `${along === undefined ? "named" : `goes along, because ${along}`}: roll back ${[pin, texts].filter((text) => text !== "").join(", with ")}`;
}

function noteAlong({ known, left }: Search, tracks: readonly string[]): readonly string[] {
  return tracks.slice(1).map((track) => `${known.facts.service}: track ${track} goes along, because it is pinned to ${left} too`);
}
