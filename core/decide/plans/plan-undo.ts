import { type DesiredState, type Part, changedParts, isPinPart, readPart, trackOfPart, withPart } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { Check, Refusal, ServicePlan, VerdictChange } from "../../model/plan.ts";
import type { Revision } from "../../model/records.ts";
import type { UndoRequest } from "../../model/requests.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { checkCondemned, checkFrozen, checkRegistered, checkRestored } from "../checks.ts";
import { warnOfRoutes } from "../keep-routes.ts";
import { canonical } from "../digest.ts";
import { stableMoves, warnOfRequires } from "../group/check-requires.ts";
import type { Registry } from "../group/registry.ts";
import { parsePlanId } from "../plan-id.ts";
import { type SchemaRequest, judgeSchema } from "../schema/judge-schema.ts";
import { type PlanContext, type Planned, assemblePlan, nothingToChange, refuseUsage } from "./assemble-plan.ts";
import { type ServiceShare, gatherShares } from "./plan-each.ts";
import { versionsLandedOn } from "./versions-landed-on.ts";
import { type Change, type KnownService, changeService, clearVerdict, knownService } from "./service-change.ts";

/** The history entry that a plan's id names, in the facts of any service that the plan concerned, with all of its history. */
export function findPlan(facts: ServiceFacts, plan: string): Result<Revision, Refusal> {
  const id = parsePlanId(plan);
  if (!id.ok) return err({ kind: "usage", message: id.fault });
  const { service, revision, suffix } = id.value;
  const entry = facts.history.find((one) => (suffix === undefined ? one.plan.startsWith(`${service}.${revision}-`) : one.plan === plan));
  if (entry !== undefined) return ok(entry);
  const there = facts.service === service ? facts.history.find((one) => one.revision === revision) : undefined;
  const instead = there === undefined ? "" : `; revision ${revision} is of plan ${there.plan}`;
  return err({ kind: "usage", message: `no plan ${plan} in the history of ${facts.service}${instead}; "rollpin history ${service}" shows what there is` });
}

/**
 * The exact inverse of one plan, verdicts included. It takes back the newest plan only: a later revision on any of its
 * services is a conflict. `facts` hold every service of the plan (`Object.keys(entry.services)`).
 */
export function planUndo(facts: readonly ServiceFacts[], { plan, override, withSchema }: UndoRequest, { now, registry }: PlanContext): Planned {
  const id = parsePlanId(plan);
  if (!id.ok) return refuseUsage(id.fault);
  const first = facts.find(({ service }) => service === id.value.service);
  if (first === undefined) return refuseUsage(`the service ${id.value.service} of plan ${plan} is unknown`);
  const entry = findPlan(first, plan);
  if (!entry.ok) return entry;
  const concerned = Object.keys(entry.value.services).map((service) => {
    const one = facts.find((candidate) => candidate.service === service);
    if (one === undefined) throw new Error(`planUndo was not given the facts of ${service}`);
    return one;
  });
  const gathered = gatherShares(concerned, (known) => undoService(known, entry.value, { override, withSchema }, now));
  if (!gathered.ok) return gathered;
  const { still: _, ...shares } = gathered.value;
  if (shares.services.length === 0) return nothingToChange(`plan ${entry.value.plan} (${entry.value.kind}) changed no state, so there is nothing to take back`);
  return assemblePlan({ kind: "undo", ...shares, checks: [...shares.checks, ...warnings(registry, shares.services)], undoes: entry.value.plan });
}

/** Of what stable is pinned to again. */
function warnings(registry: Registry | undefined, services: readonly ServicePlan[]): readonly Check[] {
  const moves = stableMoves(services);
  const [first] = moves.keys();
  return registry === undefined || first === undefined ? [] : [warnOfRequires(registry, first, moves)];
}

function undoService(known: KnownService, plan: Revision, { override, withSchema }: SchemaRequest, now: number): Result<ServiceShare, Refusal> {
  const { facts } = known;
  const later = describeLater(known, plan);
  if (later !== undefined) return err({ kind: "conflict", message: later });
  const entry = facts.history.find(({ plan: id }) => id === plan.plan);
  if (entry === undefined) return err({ kind: "refused", check: "kept-history", service: facts.service, message: `the revision of plan ${plan.plan} is not kept in the history of ${facts.service}` });
  const inverse = inverseOf(known, entry);
  const { after, changed, verdicts } = inverse;
  if (changed.length === 0 && verdicts.changes.length === 0 && entry.mode === undefined) return ok({ plan: undefined, checks: [], notes: verdicts.notes });
  const landed = versionsLandedOn(changed, after);
  const condemnedAfterwards = landed.filter((version) => !verdicts.changes.some((change) => change.version === version && change.after?.verdict !== "condemned"));
  const { checks, migration } = judgeSchema(known, after, changed.filter(isPinPart).map(trackOfPart), { override, withSchema });
  const share = takeBackShare(known, entry, inverse, { migration, cleared: override ? condemnedAfterwards.flatMap((version) => clearVerdict(facts, version)) : [] });
  return ok({
    plan: share,
    migration,
    checks: [
      checkFrozen(facts, "back", override, now),
      checkRestored(facts),
      ...landed.map((version) => checkRegistered(facts, version)),
      ...condemnedAfterwards.map((version) => checkCondemned(facts, version, override)),
      ...checks,
      warnOfRoutes(facts.service, known.current.state, after),
    ],
    notes: verdicts.notes,
  });
}

/**
 * One service's share of the inverse of an operation that is not finished: unlike a whole plan's, it goes back to what
 * stood there without a question. `overHands`: also over what a hand has written since. Undefined where nothing was changed.
 */
export function takeBackService(facts: ServiceFacts, entry: Revision, overHands: boolean): Result<ServicePlan | undefined, Refusal> {
  const known = knownService(facts);
  if (!known.ok) return known;
  const later = describeLater(overHands ? { ...known.value, current: { ...known.value.current, flipped: [] } } : known.value, entry);
  if (later !== undefined) return err({ kind: "conflict", message: later });
  const inverse = inverseOf(known.value, entry);
  return ok(inverse.changed.length === 0 && inverse.verdicts.changes.length === 0 && entry.mode === undefined ? undefined : takeBackShare(known.value, entry, inverse, { cleared: [] }));
}

interface InverseState {
  /** What stands there when the plan is taken back. */
  readonly after: DesiredState;
  readonly changed: readonly Part[];
  readonly verdicts: Inverse;
}

function inverseOf({ current, facts }: KnownService, entry: Revision): InverseState {
  const changed = changedParts(entry.before, entry.after);
  const after = changed.reduce<DesiredState>((state, part) => withPart(state, part, readPart(entry.before, part)), current.state);
  return { after, changed, verdicts: inverseVerdicts(facts, entry) };
}

function takeBackShare(known: KnownService, entry: Revision, { after, changed, verdicts }: InverseState, { cleared, migration }: { readonly cleared: readonly VerdictChange[]; readonly migration?: Change["migration"] }): ServicePlan {
  return changeService(known, {
    why: `take back revision ${entry.revision} (${entry.kind === "external" ? "a change by hand" : `${entry.kind} by ${entry.by}`})`,
    after,
    concerns: (part) => changed.includes(part),
    ...(entry.mode === undefined ? {} : { mode: entry.mode.before }),
    back: !WENT_BACK.has(entry.kind),
    migration,
    verdicts: [...verdicts.changes, ...cleared],
  });
}

/** To take these back is a step forward, into what somebody had left. */
const WENT_BACK: ReadonlySet<Revision["kind"]> = new Set(["rollback", "undo"]);

/** Whatever came after the plan: another revision, or a hand flip that no revision has recorded yet. */
function describeLater({ facts, head, current }: KnownService, plan: Revision): string | undefined {
  const { service } = facts;
  const revision = Object.hasOwn(plan.services, service) ? plan.services[service] : undefined;
  if (head.value.revision !== revision) {
    const newest = facts.history.find((entry) => entry.revision === head.value.revision);
    return `${service} was changed after plan ${plan.plan}: revision ${head.value.revision} (${newest?.kind ?? "unknown"}) by ${head.value.by} at ${head.value.at}; take that back first, or roll back with --revision`;
  }
  if (current.flipped.length === 0) return undefined;
  return `${service} was changed by hand after plan ${plan.plan}: ${current.flipped.join(", ")}; it is adopted into history as soon as an agent or a command sees it`;
}

interface Inverse {
  readonly changes: readonly VerdictChange[];
  readonly notes: readonly string[];
}

/** A verdict that somebody changed since is a newer word than the plan's, and stays. */
function inverseVerdicts(facts: ServiceFacts, entry: Revision): Inverse {
  const changes: VerdictChange[] = [];
  const notes: string[] = [];
  for (const { version, before, after } of entry.verdicts ?? []) {
    const stored = facts.verdicts.get(version);
    if (canonical(stored?.value) === canonical(before)) continue;
    if (canonical(stored?.value) === canonical(after)) changes.push({ version, before: stored?.value, modifyIndex: stored?.modifyIndex, after: before });
    else notes.push(`${facts.service}: the verdict on ${version} was changed since by ${stored?.value.by ?? "a hand"} and stays as it is`);
  }
  return { changes, notes };
}
