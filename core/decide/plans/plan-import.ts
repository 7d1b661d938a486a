import { type DesiredState, type Part, changedParts, isPinPart, partsOf, readPart, trackOfPart, withPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { Check, Refusal, ServicePlan } from "../../model/plan.ts";
import type { ImportRequest } from "../../model/requests.ts";
import { type Result, ok } from "../../model/result.ts";
import type { TreeService } from "../../model/tree.ts";
import { checkArtifact, checkCondemned, checkFrozen, checkRegistered, isHeldAsRestored, passed, stopped } from "../checks.ts";
import { checkRequires, stableMoves, warnOfRequires } from "../group/check-requires.ts";
import type { Registry } from "../group/registry.ts";
import { warnOfRoutes } from "../keep-routes.ts";
import { judgeSchema } from "../schema/judge-schema.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange } from "./assemble-plan.ts";
import { keepState } from "./keep-state.ts";
import { type KnownService, changeService, clearVerdict, knownService, noteHands } from "./service-change.ts";
import { type ServiceShare, gatherShares } from "./plan-each.ts";
import { versionsLandedOn } from "./versions-landed-on.ts";

/** A service of the tree, with what Consul has of it: its head and the tree's releases among it. */
export interface ImportFacts {
  readonly facts: ServiceFacts;
  readonly tree: TreeService;
  /** Digests of what agents left under `remembered/`. */
  readonly remembered: readonly string[];
}

/**
 * Makes services what a tree says. What the tree doesn't have stays, unless it is to be pruned. Where Consul knows less
 * than the tree, verdicts come along, and numbers go on from the tree's, so that agents which know the lost revisions
 * obey; where it has never accepted anything, also how far agents go.
 */
export function planImport(services: readonly ImportFacts[], request: ImportRequest, { now, registry }: PlanContext): Planned {
  const gathered = gatherShares(services.map(({ facts }) => facts), (known) => {
    const one = services.find(({ facts }) => facts === known.facts);
    if (one === undefined) throw new Error(`facts of ${known.facts.service} came from nowhere`);
    return shareOf(known, one, request, now);
  });
  if (!gathered.ok) return gathered;
  const { still: _, ...shares } = gathered.value;
  if (shares.services.length === 0) return nothingToChange([`Consul is as the tree says`, ...shares.notes].join("; "));
  return assemblePlan({ kind: "import", ...shares, checks: [...shares.checks, ...judgeRequires(registry, shares.services, request.override)] });
}

function isRebuild({ head }: KnownService): boolean {
  return head.value.revision === 0;
}

/** So verdicts that it lacks were lost, and not taken away. */
function knowsLess({ head }: KnownService, tree: TreeService): boolean {
  return head.value.revision === 0 || head.value.revision < (tree.head?.revision ?? 0);
}

function shareOf(known: KnownService, { facts, remembered, tree }: ImportFacts, request: ImportRequest, now: number): Result<ServiceShare, Refusal> {
  const { service } = facts;
  const { state } = known.current;
  const after = stateAfter(known, tree, request);
  const notes = noteKept(service, partsOf(state).filter((part) => readPart(tree.state, part) === undefined && readPart(after, part) !== undefined));
  const lost = lostOf(known, facts, tree);
  const above = aboveOf(known, facts, tree);
  const changed = changedParts(state, after);
  const isIdle = changed.length === 0 && known.current.refused.length === 0 && lost.verdicts.length === 0 && lost.mode === undefined && above === undefined;
  if (isIdle) return ok({ plan: undefined, checks: [], notes });
  const cleared = request.override ? versionsLandedOn(changed, after).flatMap((version) => clearVerdict(facts, version)) : [];
  const plan = changeService(known, { why: whyOf(known, tree), after, concerns: () => true, verdicts: [...lost.verdicts, ...cleared], mode: lost.mode });
  return ok({
    plan: { ...plan, ...(above === undefined ? {} : { above, settles: remembered }), ...(lost.left === undefined ? {} : { left: lost.left }), ...(lost.schema === undefined ? {} : { schema: Math.max(lost.schema, plan.schema ?? 0) }) },
    checks: [checkFrozen(facts, "forward", request.override, now), ...checkTree(known, tree, request), ...checkVersions(known, tree, { changed, after, override: request.override }), warnOfRoutes(service, state, after)],
    notes: [...notes, ...noteHands(known)],
  });
}

/** With pins, config, routes and history beside them, so many fit one transaction. */
const MOST_VERDICTS = 40;

/** Verdicts that are too many to come along in the plan itself go before it, some at a time: nothing runs by them. */
export function planLostVerdicts(facts: ServiceFacts, tree: TreeService): Planned {
  const known = knownService(facts);
  if (!known.ok) return known;
  const { verdicts } = lostOf(known.value, facts, tree);
  if (verdicts.length <= MOST_VERDICTS) return nothingToChange(`${verdicts.length} verdicts of ${facts.service} come along`);
  return assemblePlan({ kind: "verdict", services: [{ ...keepState(known.value, "verdicts that the tree has and Consul has lost"), verdicts: verdicts.slice(0, MOST_VERDICTS) }], checks: [] });
}

function noteKept(service: string, kept: readonly Part[]): readonly string[] {
  if (kept.length === 0) return [];
  const [they, stay, them] = kept.length === 1 ? ["it", "stays", "it"] : ["they", "stay", "them"];
  return [`${service}: the tree has no ${kept.join(", ")}, so ${they} ${stay} as in Consul; --prune takes ${them} away`];
}

/** What heads and verdicts said, which only a Consul that has lost them is told again. */
function lostOf(known: KnownService, { verdicts }: ServiceFacts, tree: TreeService): Pick<ServicePlan, "verdicts" | "mode" | "left" | "schema"> {
  const missing = [...tree.verdicts].flatMap(([version, verdict]) => (verdicts.has(version) ? [] : [{ version, before: undefined, modifyIndex: undefined, after: verdict }]));
  const { left, mode, schema } = isRebuild(known) ? (tree.head ?? {}) : {};
  return { verdicts: knowsLess(known, tree) ? missing : [], mode: mode === known.head.value.mode ? undefined : mode, left, schema };
}

function stateAfter({ current }: KnownService, tree: TreeService, { prune }: ImportRequest): DesiredState {
  if (prune) return tree.state;
  return partsOf(tree.state).reduce<DesiredState>((state, part) => withPart(state, part, readPart(tree.state, part)), current.state);
}

/** Only where agents, or the tree, have seen a revision that Consul hasn't: the new one must be above it. */
function aboveOf({ head }: KnownService, { instances }: ServiceFacts, { head: exported }: TreeService): number | undefined {
  const { revision } = head.value;
  const ahead = instances.filter((seen) => isHeldAsRestored(seen, revision)).map(({ record }) => record.revision);
  const highest = Math.max(exported?.revision ?? 0, ...ahead);
  return ahead.length > 0 || highest > revision ? highest : undefined;
}

function whyOf(known: KnownService, { head }: TreeService): string {
  const what = head === undefined ? "as the tree says" : `as the tree says, of revision ${head.revision}`;
  return isRebuild(known) ? `${what}: Consul has accepted nothing yet` : what;
}

/** A tree that doesn't know what came since would take it back unseen. */
function checkTree({ facts, head }: KnownService, tree: TreeService, { isCommit, override }: ImportRequest): readonly Check[] {
  const { service } = facts;
  const { by, at, plan, revision } = head.value;
  if (tree.head === undefined || revision === 0) return [];
  if (tree.head.revision > revision) return [{ name: "tree", service, result: "warned", detail: `the tree is of revision ${tree.head.revision} of ${service}, and Consul only at ${revision}: it is another Consul's, or Consul has lost what came after` }];
  if (tree.head.revision === revision && (plan === undefined || plan === tree.head.plan)) return [passed("tree", service, `the tree is of revision ${revision}, as Consul is`)];
  const detail = tree.head.revision === revision ? `revision ${revision} of ${service} is of plan ${tree.head.plan} in the tree, and of plan ${plan} in Consul: it is another Consul's` : `the tree is of revision ${tree.head.revision} of ${service}, and Consul is at ${revision} (by ${by} at ${at}): what came since would be taken back`;
  if (isCommit) return [{ name: "tree", service, result: "warned", detail }];
  return [stopped("tree", service, override, `${detail}; "rollpin export" brings it into the tree, "rollpin history ${service}" shows it; or go on with --override`)];
}

interface Landing {
  readonly changed: readonly Part[];
  readonly after: DesiredState;
  readonly override: boolean;
}

/** Of what pins change to. In a rebuild it had been accepted before. */
function checkVersions(known: KnownService, tree: TreeService, { after, changed, override }: Landing): readonly Check[] {
  const { facts } = known;
  const versions = versionsLandedOn(changed, after);
  const tracksOf = (version: string): readonly string[] => changed.filter(isPinPart).filter((part) => readPart(after, part) === version).map(trackOfPart);
  if (isRebuild(known)) return versions.map((version) => checkRegistered(facts, version));
  const each = versions.flatMap((version) => [checkRegistered(facts, version), checkCondemned(facts, version, override), ...condemnedThere(facts.service, version, tree, override), checkArtifact(facts, tracksOf(version), version, override)]);
  return [...each, ...judgeSchema(known, after, changed.filter(isPinPart).map(trackOfPart), { override }).checks];
}

function condemnedThere(service: string, version: string, { verdicts }: TreeService, override: boolean): readonly Check[] {
  const verdict = verdicts.get(version);
  return verdict?.verdict === "condemned" ? [stopped("condemned", service, override, `${version} of ${service} is condemned in the tree, by ${verdict.by} at ${verdict.at}; pin another, or go on with --override`)] : [];
}

/** Of what stable is moved to. What comes back in a rebuild was together before. */
function judgeRequires(registry: Registry | undefined, plans: readonly ServicePlan[], override: boolean): readonly Check[] {
  const moves = stableMoves(plans);
  const [first] = moves.keys();
  if (registry === undefined || first === undefined) return [];
  const comesBack = plans.some(({ head, service }) => moves.has(service) && head?.value.revision === 0);
  return [comesBack ? warnOfRequires(registry, first, moves) : checkRequires(registry, first, moves, override)];
}
