import { isoTime } from "../../clock.ts";
import { type DesiredState, type Part, isPinPart, partOfTrack, pinOf, withPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import { NO_PIN } from "../../model/pin.ts";
import type { Check, Refusal } from "../../model/plan.ts";
import type { Revision } from "../../model/records.ts";
import type { RollbackRequest, RollbackTarget } from "../../model/requests.ts";
import { type Result, ok } from "../../model/result.ts";
import { checkArtifact, checkCondemned, checkFrozen, checkRegistered, checkRestored, passed } from "../checks.ts";
import { digestOf } from "../digest.ts";
import { keepRoutes } from "../keep-routes.ts";
import type { PlanContext } from "../plans/assemble-plan.ts";
import type { ServiceShare } from "../plans/plan-each.ts";
import { type KnownService, changeService, clearVerdict } from "../plans/service-change.ts";
import { judgeSchema } from "../schema/judge-schema.ts";
import { revisionAt, unknownAt } from "./kept-revision.ts";

type MomentRequest = Omit<RollbackRequest, "target"> & { readonly target: Extract<RollbackTarget, { kind: "at" }> };

export function isMoment(request: RollbackRequest): request is MomentRequest {
  return request.target.kind === "at" && request.target.whole === true;
}

/** Whether none of them existed then: a wrong time, rather than services to be left alone. */
export function isBeforeAll(facts: readonly ServiceFacts[], { target }: MomentRequest): boolean {
  return target.prune !== true && facts.every(({ history }) => revisionAt(history, target.at) === undefined);
}

/** One service as it was then. Nothing is condemned, and the pace stays: it is how to change, not what runs. */
export function returnToTime(known: KnownService, request: MomentRequest, { now }: PlanContext): Result<ServiceShare, Refusal> {
  const { facts } = known;
  const { at } = request.target;
  const entry = revisionAt(facts.history, at);
  if (entry !== undefined) return ok(goTo(known, request, { now, former: entry.after, entry }));
  const oldest = facts.history.at(-1);
  if (oldest === undefined) return ok(nothing(`${facts.service} has no revision yet, so there is nothing to take back`));
  if (oldest.revision !== 1) return unknownAt([facts], at);
  if (request.target.prune === true) return ok(goTo(known, request, { now, former: undefined, entry: undefined }));
  return ok(nothing(`${facts.service} did not exist at ${isoTime(at)}: its first revision is of ${oldest.at}. It is left as it is; --prune unpins it, and removes its config and routes`));
}

function nothing(note: string): ServiceShare {
  return { plan: undefined, checks: [], notes: [note] };
}

interface Former {
  readonly now: number;
  /** Undefined: it did not exist. */
  readonly former: DesiredState | undefined;
  readonly entry: Revision | undefined;
}

function goTo(known: KnownService, request: MomentRequest, { entry, former, now }: Former): ServiceShare {
  const { current, facts } = known;
  const { override, target } = request;
  const newer = tracksSince(current.state, former);
  const { after, check } = keepRoutes(known, stateThen(current.state, request, former), override);
  const concerns = concernsOf(request);
  const detail = entry === undefined ? `${facts.service} did not exist at ${isoTime(target.at)}` : `at ${isoTime(target.at)} ${facts.service} was at revision ${entry.revision}, of ${entry.at}`;
  const notes = movesPins(request) && target.prune !== true ? newer.map((track) => `${facts.service}: track ${track} was not pinned then and is left as it is; --prune unpins it`) : [];
  if (digestOf(after) === digestOf(current.state) && !current.refused.some(({ part }) => concerns(part))) return { plan: undefined, checks: [passed("target", facts.service, detail)], notes, still: `${facts.service} is there already: ${detail}` };
  const landed = versionsLandedOn(current.state, after);
  const schema = judgeSchema(known, after, [...landed.keys()], request);
  const plan = changeService(known, {
    why: entry === undefined ? `pruned: it did not exist at ${isoTime(target.at)}` : `as it was at ${isoTime(target.at)}, revision ${entry.revision}`,
    after,
    concerns,
    verdicts: [...new Set(landed.values())].flatMap((version) => clearVerdict(facts, version)),
    back: true,
    migration: schema.migration,
  });
  const checks: readonly Check[] = [
    checkFrozen(facts, "back", override, now),
    checkRestored(facts),
    passed("target", facts.service, detail),
    ...[...landed].flatMap(([track, version]) => [checkRegistered(facts, version), checkCondemned(facts, version, override), checkArtifact(facts, [track], version, override)]),
    ...schema.checks,
    check,
  ];
  return { migration: schema.migration, plan: { ...plan, ...(entry === undefined ? {} : { asOf: entry.revision }) }, checks, notes };
}

const movesPins = ({ only }: MomentRequest): boolean => only === undefined || only === "pin";

function concernsOf({ only }: MomentRequest): (part: Part) => boolean {
  return (part) => part !== "pace" && (only === undefined || (isPinPart(part) ? only === "pin" : only === part));
}

/** A pin is never removed: what was not pinned then becomes `none` where it is pruned. */
function stateThen(state: DesiredState, request: MomentRequest, former: DesiredState | undefined): DesiredState {
  let after = state;
  if (movesPins(request)) {
    for (const track of Object.keys(former?.pins ?? {})) after = withPart(after, partOfTrack(track), pinOf(former ?? state, track));
    if (request.target.prune === true) for (const track of tracksSince(state, former)) after = withPart(after, partOfTrack(track), NO_PIN);
  }
  for (const part of ["config", "routes"] as const) if (request.only === undefined || request.only === part) after = withPart(after, part, former?.[part]);
  return after;
}

function tracksSince(state: DesiredState, former: DesiredState | undefined): readonly string[] {
  return Object.keys(state.pins).filter((track) => former === undefined || pinOf(former, track) === undefined).sort();
}

/** By track, where its pin moves to a version. */
function versionsLandedOn(before: DesiredState, after: DesiredState): ReadonlyMap<string, string> {
  const moved = Object.keys(after.pins).sort().flatMap((track): (readonly [string, string])[] => {
    const version = pinOf(after, track);
    return version === undefined || version === NO_PIN || version === pinOf(before, track) ? [] : [[track, version]];
  });
  return new Map(moved);
}
