import type { PlanContext, Planned } from "../core/decide/plans/assemble-plan.ts";
import type { ServiceFacts } from "../core/model/facts.ts";
import type { Plan, Refusal } from "../core/model/plan.ts";
import type { Asked } from "../core/model/requests.ts";
import type { AppliedPlan } from "../core/operations/apply.ts";
import type { ApplyFault } from "../core/operations/apply-fault.ts";
import type { Store } from "../core/store/port.ts";
import { failureOfApply } from "./apply-failure.ts";
import type { ChangeSpec } from "./change-spec.ts";
import { confirm, refuseToGuess } from "./confirm.ts";
import { EXIT, type Ending, failed, failureOfRefusal, result } from "./ending.ts";
import type { ChangeFlags } from "./flags.ts";
import { changePrintable, nothingPrintable, planOnlyPrintable } from "./output/change.ts";
import { planPrintable } from "./output/plan-value.ts";
import { envelope } from "./output/printable.ts";
import { createSteps } from "./output/operation-steps.ts";
import { planText } from "./output/plan-text.ts";
import { type Unprepared, prepare } from "./prepare.ts";
import type { Session } from "./session.ts";
import { isEverywhere, receiptScopes, waitForReceipt } from "./wait.ts";

/**
 * The flow of every verb that changes something: gather facts, plan, show it, ask, apply in one transaction, follow the receipt.
 * A conflict is told and never tried again: the operator who lost should see what won first.
 */
export async function change(session: Session, spec: ChangeSpec): Promise<Ending> {
  const allowed = refuseToGuess(session, spec.flags);
  if (!allowed.ok) return failed(allowed.fault);
  if (session.flags.dcs !== undefined && spec.asked !== undefined && spec.compare === undefined) {
    const { changeSeveral } = await import("./datacentres/change-several.ts");
    return changeSeveral(session, { ...spec, asked: spec.asked }, session.flags.dcs);
  }
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const prepared = await prepare(session, store.value, spec);
  if (!prepared.ok) return endOfUnprepared(prepared.fault);
  const { facts, plan } = prepared.value;
  if (spec.flags.dryRun === true) return result(planOnlyPrintable(plan, spec.asked, await keep(session, plan, spec.asked)));
  const agreed = await showAndAsk(session, spec.flags, plan);
  if (!agreed.ok) return failed(agreed.fault);
  return applyAndFollow(session, spec.flags, { store: store.value, plan, facts, beside: spec.beside });
}

/** So that it can be applied by its fingerprint. Whether that worked: a dry run is none the worse without. */
async function keep({ flags, world }: Session, plan: Plan, asked: Asked | undefined): Promise<boolean> {
  if (asked === undefined) return false;
  const kept = await world.plans.keep(plan.fingerprint, `${JSON.stringify(envelope(planPrintable(plan, asked)), null, 2)}\n`);
  if (!kept.ok && flags.output === "table") world.stderr.write(`note: the plan isn't kept, so "rollpin apply" won't find it by its fingerprint: ${kept.fault}; -o json into a file does as well\n`);
  return kept.ok;
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

function endOfUnprepared(fault: Unprepared): Ending {
  return fault.kind === "refusal" ? endOfRefusal(fault.refusal) : failed(fault.failure);
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
  readonly beside: ChangeSpec["beside"];
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
  const applied = await applyWhole(decided.store, decided.plan, who, { clock, beside: decided.beside, interrupted: session.signal, onProgress: steps.show, onDrain: steps.showDrain, onHook: steps.showHook });
  steps.end();
  return applied.ok ? follow(session, flags, decided, applied.value) : endOfApplyFault(applied.fault);
}

async function follow(session: Session, flags: ChangeFlags, { store, plan, facts }: Decided, applied: AppliedPlan): Promise<Ending> {
  const scopes = receiptScopes(plan, applied, facts);
  if (scopes.length === 0 || !flags.wait) return result(changePrintable(plan, applied, undefined));
  const waited = await waitForReceipt(session, store, applied, scopes, flags.timeout);
  return result(changePrintable(plan, applied, waited), isEverywhere(waited) ? EXIT.done : EXIT.incomplete);
}

function endOfApplyFault(fault: ApplyFault): Ending {
  return fault.kind === "refusal" ? endOfRefusal(fault.refusal) : failed(failureOfApply(fault));
}
