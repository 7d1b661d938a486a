import { determineCurrent } from "../decide/current.ts";
import { planExternal } from "../decide/plans/plan-external.ts";
import type { ServiceFacts } from "../model/facts.ts";
import { type Result, ok } from "../model/result.ts";
import type { Store } from "../store/port.ts";
import { type AppliedPlan, type ApplyFault, type ApplyOptions, applyPlan } from "./apply.ts";
import { isConflict } from "./apply-fault.ts";
import type { Applicant } from "./compose-transaction.ts";

/**
 * Writes hand flips that can be obeyed into history, as the next verb's first step. Undefined where there are none. Facts
 * must be gathered again afterwards; a conflict means that somebody else was first, which is as good.
 */
export async function adoptFlips(store: Store, facts: ServiceFacts, who: Pick<Applicant, "now" | "planSuffix">, options: ApplyOptions = {}): Promise<Result<AppliedPlan | undefined, ApplyFault>> {
  const { head } = facts;
  if (head === undefined) return ok(undefined);
  const planned = planExternal({ ...facts, head }, determineCurrent(facts, store.prefix));
  if (!planned.ok) return ok(undefined);
  const applied = await applyPlan(store, planned.value, { ...who, by: "external" }, options);
  return !applied.ok && isConflict(applied.fault) ? ok(undefined) : applied;
}
