import { type Result, err, ok } from "../model/result.ts";
import type { OperationRecord } from "../model/operation.ts";
import type { Plan } from "../model/plan.ts";
import type { Store } from "../store/port.ts";
import { systemClock } from "../clock.ts";
import type { ApplyFault } from "./apply-fault.ts";
import { type AppliedPlan, type ApplyOptions, applyPlan, pruneAfter } from "./apply.ts";
import { type Applicant, composeTransaction } from "./compose-transaction.ts";
import { beginOperation } from "./journal/begin-operation.ts";
import { draftOperation, isDivisible } from "./journal/draft-operation.ts";
import { type StepDeps, stepRunners } from "./journal/step-runners.ts";
import { refuseShare, refuseSize } from "./transaction-size.ts";

export interface WholeOptions extends ApplyOptions, Partial<Omit<StepDeps, "clock">> {
  /** Told as an operation of several transactions moves on. */
  readonly onProgress?: ((record: OperationRecord) => void) | undefined;
  /** Where it fires, such an operation ends between two steps, to be resumed or taken back. */
  readonly interrupted?: AbortSignal | undefined;
}

/** Applies a plan of any size: in one transaction where it fits, else step by step, so that anyone can finish it or take it back. */
export async function applyWhole(store: Store, plan: Plan, who: Applicant, options: WholeOptions = {}): Promise<Result<AppliedPlan, ApplyFault>> {
  const timed = { ...who, now: who.now + store.clockOffsetMs() };
  const migrates = plan.migrations !== undefined;
  const tooLarge = refuseSize(plan, [...composeTransaction(plan, timed).operations, ...(options.beside ?? [])]);
  if (!migrates && tooLarge === undefined) return applyPlan(store, plan, who, options);
  if (!isDivisible(plan)) return migrates ? err({ kind: "refusal", refusal: tooLarge ?? { kind: "usage", message: `a plan of kind ${plan.kind} can't migrate data` } }) : applyPlan(store, plan, who, options);
  const drafted = draftOperation(plan, timed);
  if (!drafted.ok) return err({ kind: "refusal", refusal: refuseShare(plan, drafted.fault) });
  const draft = drafted.value;
  const { beside, clock = systemClock, interrupted, onProgress } = options;
  const done = await beginOperation(store, draft, { clock, runners: stepRunners({ ...options, clock }), signal: interrupted, onProgress, beside });
  if (!done.ok) return err(done.fault);
  const services = plan.services.map(({ service }) => ({ service, revision: draft.record.services[service] ?? 0 }));
  await pruneAfter(store, plan, services, options);
  return ok({ id: draft.record.id, services, at: draft.record.at });
}
