import { withBlast } from "../core/decide/blast-radius.ts";
import { determineCurrent } from "../core/decide/current.ts";
import type { PlanContext, Planned } from "../core/decide/plans/assemble-plan.ts";
import type { TrafficFacts } from "../core/decide/routing/routing-facts.ts";
import type { ServiceFacts } from "../core/model/facts.ts";
import type { Plan, Refusal } from "../core/model/plan.ts";
import type { Asked } from "../core/model/requests.ts";
import { type Result, err, ok } from "../core/model/result.ts";
import { adoptFlips } from "../core/operations/adopt-flips.ts";
import type { AppliedPlan } from "../core/operations/apply.ts";
import type { ApplyFault } from "../core/operations/apply-fault.ts";
import { checkHooks } from "../core/operations/check-hooks.ts";
import { consulTime } from "../core/store/consul-time.ts";
import type { Store } from "../core/store/port.ts";
import { failureOfApply } from "./apply-failure.ts";
import { confirm, refuseToGuess } from "./confirm.ts";
import { EXIT, type Ending, type Failure, failed, failureOfRefusal, failureOfStore, result } from "./ending.ts";
import type { ChangeFlags } from "./flags.ts";
import type { GatheredGroup, Looks } from "./gather-group.ts";
import { gatherKnown } from "./gather.ts";
import { changePrintable, nothingPrintable, planOnlyPrintable } from "./output/change.ts";
import { planPrintable } from "./output/plan-value.ts";
import { envelope } from "./output/printable.ts";
import { createSteps } from "./output/operation-steps.ts";
import { planText } from "./output/plan-text.ts";
import { isComplete } from "./output/receipt-text.ts";
import type { Session } from "./session.ts";
import { receiptScopes, waitForReceipt } from "./wait.ts";

/** What a changing verb asks for; all else is the same for each of them. */
export interface ChangeSpec {
  readonly flags: ChangeFlags;
  readonly services: readonly string[];
  /** Whether a service without any key is a matter for `plan` too. */
  readonly evenUnknown?: boolean;
  /** How much history the decision needs; all that is kept unless given. */
  readonly history?: number;
  /** Also look at who could take the traffic now, and who sends it. */
  readonly traffic?: TrafficWanted | undefined;
  /** Absent where nobody else can be concerned, and nothing is read of others. */
  readonly group?: Looks | undefined;
  /** Where a plan that is printed can be made again by `rollpin apply`. */
  readonly asked?: Asked | undefined;
  /** Of `apply`: why what was planned now isn't what was printed. Hands are not adopted first then: that alone would move what the plan was made from. */
  readonly compare?: ((planned: Planned, facts: readonly ServiceFacts[]) => Failure | undefined) | undefined;
  /** Pure: facts in, plan out. */
  plan(facts: readonly ServiceFacts[], context: PlanContext): Planned;
}

export type AskedBy<V extends Asked["verb"]> = Extract<Asked, { verb: V }>;

/** All that a verb decides from what was asked. */
export type AskedSpec = Omit<ChangeSpec, "flags">;

interface TrafficWanted {
  /** A failover's service, besides the one that the accepted routes name. */
  readonly failoverTo?: string | undefined;
  /** It is only told: a service without routers costs one request, and what can't be read stops nothing. */
  readonly optional?: boolean | undefined;
}

/**
 * The flow of every verb that changes something: gather facts, plan, show it, ask, apply in one transaction, follow the receipt.
 * A conflict is told and never tried again: the operator who lost should see what won first.
 */
export async function change(session: Session, spec: ChangeSpec): Promise<Ending> {
  const allowed = refuseToGuess(session, spec.flags);
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const facts = await gatherAndAdopt(session, store.value, spec);
  if (!facts.ok) return failed(facts.fault);
  const group = await gatherGroupOf(session, store.value, facts.value, spec);
  if (!group.ok) return failed(group.fault);
  const traffic = await gatherTrafficOf(session, store.value, group.value.facts, spec);
  if (!traffic.ok) return failed(traffic.fault);
  const planned = spec.plan(group.value.facts, { now: consulTime(store.value, session.world.clock), traffic: traffic.value, together: group.value.together, registry: group.value.registry });
  const other = spec.compare?.(planned, group.value.facts);
  if (other !== undefined) return failed(other);
  if (!planned.ok) return endOfRefusal(planned.fault);
  const checked = await checkHooks(store.value, planned.value, { signal: session.signal });
  if (!checked.ok) return failed(failureOfStore(checked.fault));
  if (!checked.value.ok) return endOfRefusal(checked.value.fault);
  const plan = withBlast(checked.value.value, group.value.facts, traffic.value);
  if (spec.flags.dryRun === true) return result(planOnlyPrintable(plan, spec.asked, await keep(session, plan, spec.asked)));
  const agreed = await showAndAsk(session, spec.flags, plan);
  if (!agreed.ok) return failed(agreed.fault);
  return applyAndFollow(session, spec.flags, { store: store.value, plan, facts: group.value.facts });
}

/** So that it can be applied by its fingerprint. Whether that worked: a dry run is none the worse without. */
async function keep({ flags, world }: Session, plan: Plan, asked: Asked | undefined): Promise<boolean> {
  if (asked === undefined) return false;
  const kept = await world.plans.keep(plan.fingerprint, `${JSON.stringify(envelope(planPrintable(plan, asked)), null, 2)}\n`);
  if (!kept.ok && flags.output === "table") world.stderr.write(`note: the plan isn't kept, so "rollpin apply" won't find it by its fingerprint: ${kept.fault}; -o json into a file does as well\n`);
  return kept.ok;
}

/** Hand flips that no agent has written into history yet come first, so that history tells things in their order. A dry run writes nothing. */
async function gatherAndAdopt(session: Session, store: Store, { compare, evenUnknown, services, history, flags }: ChangeSpec): Promise<Result<readonly ServiceFacts[], Failure>> {
  const { signal, world } = session;
  const facts = await gatherKnown(store, services, { signal, history, evenUnknown });
  if (!facts.ok || flags.dryRun === true || compare !== undefined) return facts;
  const flipped = facts.value.filter((one) => one.head !== undefined && determineCurrent(one, store.prefix).flipped.length > 0);
  if (flipped.length === 0) return facts;
  for (const one of flipped) {
    const adopted = await adoptFlips(store, one, { now: world.clock.now(), planSuffix: world.planSuffix() }, { clock: world.clock });
    if (!adopted.ok) return err(failureOfApply(adopted.fault));
    if (adopted.value !== undefined) world.stderr.write(flags.yes === true && session.flags.output !== "table" ? "" : `note: ${one.service} was changed by hand; history has it now, as plan ${adopted.value.id}\n`);
  }
  return gatherKnown(store, services, { signal, history, evenUnknown });
}

async function gatherGroupOf(session: Session, store: Store, facts: readonly ServiceFacts[], spec: ChangeSpec): Promise<Result<GatheredGroup, Failure>> {
  if (spec.group === undefined) return ok({ facts, together: undefined, registry: undefined });
  const { gatherGroup } = await import("./gather-group.ts");
  return gatherGroup(session, store, facts, spec.group, (services) => gatherAndAdopt(session, store, { ...spec, services }));
}

async function gatherTrafficOf({ signal }: Session, store: Store, facts: readonly ServiceFacts[], { traffic }: ChangeSpec): Promise<Result<PlanContext["traffic"], Failure>> {
  if (traffic === undefined) return ok(undefined);
  const { gatherTraffic } = await import("./gather-traffic.ts");
  const seen = new Map<string, TrafficFacts>();
  for (const [service, found] of await Promise.all(facts.map(async (one) => [one.service, await gatherTraffic(store, one, { signal, ...traffic })] as const))) {
    if (!found.ok && traffic.optional !== true) return found;
    if (found.ok && found.value !== undefined) seen.set(service, found.value);
  }
  return ok(seen);
}

/** For verbs about one service. */
export function changeOne(session: Session, spec: Omit<ChangeSpec, "services" | "plan"> & { readonly service: string; plan(facts: ServiceFacts, context: PlanContext): Planned }): Promise<Ending> {
  return change(session, { ...spec, services: [spec.service], plan: forOne((facts, context) => spec.plan(facts, context)) });
}

export function forOne(plan: (facts: ServiceFacts, context: PlanContext) => Planned): ChangeSpec["plan"] {
  return ([facts], context) => {
    if (facts === undefined) throw new Error("facts were gathered for no service");
    return plan(facts, context);
  };
}

function endOfRefusal(refusal: Refusal): Ending {
  return refusal.kind === "nothing-to-change" ? result(nothingPrintable(refusal.message)) : failed(failureOfRefusal(refusal));
}

/** With -o json and --yes nobody reads the plan on stderr: it stands in the result. */
async function showAndAsk(session: Session, flags: ChangeFlags, plan: Plan): ReturnType<typeof confirm> {
  const asks = flags.yes !== true;
  if (asks || session.flags.output === "table") session.world.stderr.write(`${planText(plan, session.err)}\n`);
  return confirm(session, flags, "Do this?");
}

interface Decided {
  readonly store: Store;
  readonly plan: Plan;
  readonly facts: readonly ServiceFacts[];
}

/**
 * A transaction is never interrupted: it is short, and its outcome has to be known. Ctrl-C counts again once it is done, and
 * between the steps of what takes several.
 */
async function applyAndFollow(session: Session, flags: ChangeFlags, decided: Decided): Promise<Ending> {
  const { clock, by, planSuffix } = session.world;
  if (session.signal.aborted) return failed({ code: "interrupted", message: "stopped before anything was changed" });
  const who = { by, reason: flags.reason, now: clock.now(), planSuffix: planSuffix() };
  const { applyWhole } = await import("../core/operations/apply-whole.ts");
  const steps = createSteps(session);
  const applied = await applyWhole(decided.store, decided.plan, who, { clock, interrupted: session.signal, onProgress: steps.show, onDrain: steps.showDrain, onHook: steps.showHook });
  steps.end();
  return applied.ok ? follow(session, flags, decided, applied.value) : endOfApplyFault(applied.fault);
}

async function follow(session: Session, flags: ChangeFlags, { store, plan, facts }: Decided, applied: AppliedPlan): Promise<Ending> {
  const scopes = receiptScopes(plan, applied, facts);
  if (scopes.length === 0 || !flags.wait) return result(changePrintable(plan, applied, undefined));
  const waited = await waitForReceipt(session, store, applied, scopes, flags.timeout);
  const complete = waited.receipt !== undefined && waited.stopped === undefined && isComplete(waited.receipt);
  return result(changePrintable(plan, applied, waited), complete ? EXIT.done : EXIT.incomplete);
}

function endOfApplyFault(fault: ApplyFault): Ending {
  return fault.kind === "refusal" ? endOfRefusal(fault.refusal) : failed(failureOfApply(fault));
}
