/** The plans of a rollout: a step, the way back to where it began, and the verdict at its end. */
import { parseRoutes, parseWrittenRoutes } from "../../config/parse-routes.ts";
import type { WrittenRoutes } from "../../config/routes-schema.ts";
import { writeRoutes } from "../../config/write-routes.ts";
import { type DesiredState, type Part, isPinPart, partOfTrack, withPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { Check, VerdictChange } from "../../model/plan.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { Preview, Rollout, RolloutStep } from "../../model/rollout.ts";
import { parseShareTarget } from "../../model/share-target.ts";
import { NO_PIN } from "../../model/pin.ts";
import { STABLE } from "../../model/names.ts";
import { checkArtifact, checkCondemned, checkFrozen, checkRegistered, checkRestored } from "../checks.ts";
import { checkRequires } from "../group/check-requires.ts";
import { keepRoutes } from "../keep-routes.ts";
import { type PlanContext, type Planned, assemblePlan, refuseUsage } from "../plans/assemble-plan.ts";
import { type KnownService, changeService, clearVerdict, knownService } from "../plans/service-change.ts";
import { shiftBack, shiftTo } from "../routing/edit-routes.ts";
import type { TrafficFacts } from "../routing/routing-facts.ts";
import { judgeSchema } from "../schema/judge-schema.ts";
import { checkLive, checkRouters, targetsOf } from "../traffic-checks.ts";
import { describeStep } from "./rollout-steps.ts";

export function planRolloutStep(facts: ServiceFacts, rollout: Rollout, step: number, { now, registry, traffic }: PlanContext): Planned {
  const known = knownService(facts);
  if (!known.ok) return known;
  const wanted = rollout.steps[step];
  if (wanted === undefined) throw new Error(`a rollout of ${rollout.steps.length} steps was to take step ${step}`);
  const { version } = rollout;
  // Only past a condemned version.
  const override = rollout.override === true && step === 0;
  const routed = routesAfter(known.value.current.state, wanted, rollout.steps[step - 1]?.preview);
  if (!routed.ok) return refuseUsage(routed.fault);
  const pinned = wanted.tracks.reduce((state, track) => withPart(state, partOfTrack(track), version), withPart(known.value.current.state, "routes", routed.value));
  const { after, check } = keepRoutes(known.value, pinned, false);
  // A rollout takes no step that migrates data: it could not go back at once.
  const { checks } = judgeSchema(known.value, after, wanted.tracks, { override: false, withSchema: undefined });
  const seen = traffic?.get(facts.service);
  return assemblePlan({
    kind: "rollout",
    services: [changeService(known.value, { why: `step ${step + 1} of ${rollout.steps.length}: ${describeStep(wanted, version)}`, after, concerns: (part) => concerns(wanted, part), verdicts: override ? clearVerdict(facts, version) : [] })],
    checks: [
      checkFrozen(facts, "forward", false, now),
      checkRestored(facts),
      checkRegistered(facts, version),
      checkCondemned(facts, version, override),
      checkArtifact(facts, wanted.tracks, version, false),
      ...(registry === undefined || !wanted.tracks.includes(STABLE) ? [] : [checkRequires(registry, facts.service, new Map([[facts.service, version]]), false)]),
      ...checks,
      check,
      ...(seen === undefined ? [] : checksOfTraffic(known.value, wanted, after, seen)),
    ],
  });
}

function concerns({ preview, share, tracks }: RolloutStep, part: Part): boolean {
  return isPinPart(part) ? tracks.some((track) => partOfTrack(track) === part) : part === "routes" && (share !== undefined || preview !== undefined);
}

/** Undefined: none. */
function routesAfter({ routes }: DesiredState, { preview, share }: RolloutStep, former: Preview | undefined): Result<string | undefined, string> {
  if (share === undefined && preview === undefined && former === undefined) return ok(routes);
  const read = routes === undefined ? ok<WrittenRoutes>({}) : parseWrittenRoutes(routes, "routes");
  if (!read.ok) return err("the routes can't be read, so no share can be written into them");
  const bare = former === undefined ? read.value : withoutPreview(read.value, former);
  const shifted = shiftedBy(bare, share);
  if (!shifted.ok) return shifted;
  const whole = preview === undefined ? shifted.value : withPreview(shifted.value, preview);
  const text = writeRoutes(routes, whole);
  return ok(Object.keys(whole).length === 0 ? undefined : text);
}

function shiftedBy(routes: WrittenRoutes, share: RolloutStep["share"]): Result<WrittenRoutes, string> {
  if (share === undefined) return ok(routes);
  return share === "back" ? ok(shiftBack(routes)) : shiftTo(routes, share.name, share.percentage);
}

type WrittenRule = NonNullable<WrittenRoutes["rules"]>[number];

/** To the tracks that are looked at before anybody else sees them: whoever sends the header is sent there. */
function withPreview(routes: WrittenRoutes, preview: Preview): WrittenRoutes {
  return { ...routes, rules: [ruleOf(preview), ...(routes.rules ?? [])] };
}

function withoutPreview({ rules, ...routes }: WrittenRoutes, preview: Preview): WrittenRoutes {
  const left = (rules ?? []).filter((rule) => JSON.stringify(rule) !== JSON.stringify(ruleOf(preview)));
  return left.length === 0 ? routes : { ...routes, rules: left };
}

function ruleOf({ header, to, value }: Preview): WrittenRule {
  return { match: { header: { [header]: value } }, split: { [to]: 1 } };
}

function checksOfTraffic(known: KnownService, { share }: RolloutStep, after: DesiredState, traffic: TrafficFacts): readonly Check[] {
  const routes = after.routes === undefined ? undefined : parseRoutes(after.routes, "routes");
  if (routes?.ok !== true) return [];
  const named = share === undefined || share === "back" ? undefined : parseShareTarget(share.name);
  const targets = named?.ok === true ? [named.value] : targetsOf(routes.value).filter(({ kind }) => kind === "track");
  return [...(share === "back" ? [] : [checkLive(known, routes.value, targets, traffic, false)]), checkRouters(known.facts.service, routes.value, traffic)];
}

/** What stood when it began, in one plan. The version that failed is condemned; one that was taken back by a person is not. */
export function planRolloutBack(facts: ServiceFacts, rollout: Rollout, condemned: string | undefined, { now }: Pick<PlanContext, "now">): Planned {
  const known = knownService(facts);
  if (!known.ok) return known;
  const base = stateAtBase(facts, rollout);
  if (base === undefined) return refuseUsage(`revision ${rollout.base} of ${facts.service}, where its rollout began, is no longer kept: "rollpin rollback ${facts.service}" goes back`);
  return assemblePlan({
    kind: "rollback",
    services: [
      {
        ...changeService(known.value, { why: `back to where the rollout of ${rollout.version} began (revision ${rollout.base})`, after: withTracks(base, rollout), concerns: (part) => isPinPart(part) || part === "routes", verdicts: condemned === undefined ? [] : condemn(facts, rollout.version, condemned), back: true }),
        ...(rollout.base === 0 ? {} : { asOf: rollout.base }),
      },
    ],
    checks: [checkFrozen(facts, "back", false, now), checkRestored(facts)],
  });
}

/** A track that had no pin when it began goes to what `stable` was pinned to: a pin that vanishes takes nothing back. */
function withTracks(base: DesiredState, { from, steps, taken }: Rollout): DesiredState {
  const pinned = steps.slice(0, taken).flatMap(({ tracks }) => tracks);
  return pinned.reduce((state, track) => (state.pins[track] === undefined ? withPart(state, partOfTrack(track), from ?? NO_PIN) : state), base);
}

function stateAtBase({ history }: ServiceFacts, { base }: Rollout): DesiredState | undefined {
  return history.find(({ revision }) => revision === base)?.after ?? history.find(({ revision }) => revision === base + 1)?.before;
}

function condemn({ verdicts }: ServiceFacts, version: string, reason: string): readonly VerdictChange[] {
  const before = verdicts.get(version);
  return before?.value.verdict === "condemned" ? [] : [{ version, before: before?.value, modifyIndex: before?.modifyIndex, after: { verdict: "condemned", reason } }];
}
