/** What an operation over several datacentres did in one of them, taken back there: once, whoever asks how often. */
import { planUndo } from "../../decide/plans/plan-undo.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { DatacentreStep } from "../../model/operation.ts";
import type { Revision } from "../../model/records.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { consulTime } from "../../store/consul-time.ts";
import type { Store } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import { applyWhole } from "../apply-whole.ts";
import { gatherFacts } from "../gather.ts";
import { type Taker, abortOperation, resumeOperation } from "../journal/resume-operation.ts";
import { findPlan } from "./find-plan.ts";

type Undoer = Taker & { readonly override: boolean };

export async function takeBackThere(store: Store, step: DatacentreStep, taker: Undoer): Promise<Result<void, ApplyFault>> {
  const found = await findPlan(store, step);
  if (!found.ok) return found;
  const { entry, open, undone } = found.value;
  if (open !== undefined) {
    // Done but for its marks, it is undone as any plan.
    const ended = await (open.phase === "releasing" ? resumeOperation : abortOperation)(store, open.id, taker);
    if (open.phase !== "not-begun" && !ended.ok) return ended;
    if (open.phase !== "releasing") return ok(undefined);
  }
  return entry === undefined || undone !== undefined ? ok(undefined) : undo(store, entry, taker);
}

async function undo(store: Store, entry: Revision, { by, clock, override, planSuffix, reason }: Undoer): Promise<Result<void, ApplyFault>> {
  const facts: ServiceFacts[] = [];
  for (const service of Object.keys(entry.services)) {
    const one = await gatherFacts(store, service);
    if (!one.ok) return err({ kind: "store", fault: one.fault });
    facts.push(one.value);
  }
  const planned = planUndo(facts, { plan: entry.plan, override }, { now: consulTime(store, clock) });
  if (!planned.ok && planned.fault.kind === "nothing-to-change") return ok(undefined);
  if (!planned.ok && planned.fault.kind === "conflict") return override ? ok(undefined) : err({ kind: "refusal", refusal: { kind: "conflict", message: `${planned.fault.message}; --override leaves there what stands there now` } });
  if (!planned.ok) return err({ kind: "refusal", refusal: planned.fault });
  const applied = await applyWhole(store, planned.value, { by, reason, now: clock.now(), planSuffix }, { clock });
  return applied.ok ? ok(undefined) : applied;
}
