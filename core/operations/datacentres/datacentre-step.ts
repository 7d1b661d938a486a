/** A step that is one datacentre's: planned there from what was asked, applied there as a plan of its own, known again by its id. */
import type { Clock } from "../../clock.ts";
import { describeMovedSince } from "../../decide/operation/moved-since.ts";
import type { DatacentreStep } from "../../model/operation.ts";
import type { Plan } from "../../model/plan.ts";
import type { Asked } from "../../model/requests.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { Store } from "../../store/port.ts";
import { type ApplyFault, describeApplyFault } from "../apply-fault.ts";
import type { AppliedPlan } from "../apply.ts";
import { applyWhole } from "../apply-whole.ts";
import { type Finished, type Taker, resumeOperation } from "../journal/resume-operation.ts";
import { NOTHING_MORE, type StepEnd, type StepRun, type StepRunner } from "../journal/step-runner.ts";
import { stepRunners } from "../journal/step-runners.ts";
import { findPlan } from "./find-plan.ts";
import { wasAway } from "./is-away.ts";
import { takeBackThere } from "./take-back-there.ts";

/** What it takes to work in other datacentres. */
export interface Datacentres {
  readonly clock: Clock;
  /** Who takes back, and why. */
  readonly by: string;
  readonly reason?: string | undefined;
  readonly planSuffix: () => string;
  /** A sentence where it can't be reached now. */
  open(datacentre: string): Promise<Result<Store, string>>;
  /** What was asked, planned from what stands there now. A refusal is told as it is. */
  plan(datacentre: string, store: Store, asked: Asked): Promise<Result<Plan, ApplyFault>>;
  /** Told what was applied there by this run. */
  readonly onApplied: (datacentre: string, applied: AppliedPlan) => void;
}

export function datacentreStep(deps: Datacentres): StepRunner<DatacentreStep> {
  return {
    async forward(step, run) {
      const there = await deps.open(step.datacentre);
      if (!there.ok) return ok({ ...NOTHING_MORE, putOff: there.fault });
      const planned = await planThere(deps, step, run, there.value);
      if (!planned.ok) return endOf(step, run, planned.fault);
      if (planned.value === undefined) return ok(NOTHING_MORE);
      const begun = await run.begin();
      return begun.ok ? applyThere(deps, step, run, { store: there.value, plan: planned.value }) : begun;
    },

    async back(step, run) {
      const there = await deps.open(step.datacentre);
      if (!there.ok) return err({ kind: "unfinished", operation: run.record.id, message: there.fault });
      const back = await takeBackThere(there.value, step, { ...takerOf(deps, run), override: run.override });
      return back.ok ? ok(NOTHING_MORE) : err(named(step, run, back.fault));
    },
  };
}

/** Undefined where nothing is left to be done: it was applied by an earlier run, or it is already so. */
async function planThere(deps: Datacentres, step: DatacentreStep, run: StepRun, store: Store): Promise<Result<Plan | undefined, ApplyFault>> {
  const found = await findPlan(store, step);
  if (!found.ok) return found;
  const { entry, open } = found.value;
  if (open !== undefined) {
    const resumed = await resumeOperation(store, open.id, takerOf(deps, run));
    if (open.phase !== "not-begun") return resumed.ok ? told(deps, step, resumed.value) : resumed;
  }
  if (entry !== undefined) return ok(undefined);
  const planned = await deps.plan(step.datacentre, store, step.asked);
  if (!planned.ok) return planned.fault.kind === "refusal" && planned.fault.refusal.kind === "nothing-to-change" ? ok(undefined) : planned;
  const moved = run.override ? undefined : describeMovedSince(planned.value, step.fingerprint, run.record.at);
  if (moved === undefined) return planned;
  return err({ kind: "refusal", refusal: { kind: "conflict", message: `${moved}; look with "rollpin history ${step.services[0] ?? ""} --dc ${step.datacentre}", --override does there what was asked all the same` } });
}

function told({ onApplied }: Datacentres, { datacentre }: DatacentreStep, { record: { at, id, services } }: Finished): Result<undefined, never> {
  onApplied(datacentre, { id, at, services: Object.entries(services).map(([service, revision]) => ({ service, revision })) });
  return ok(undefined);
}

async function applyThere({ clock, onApplied }: Datacentres, step: DatacentreStep, run: StepRun, { plan, store }: { readonly plan: Plan; readonly store: Store }): Promise<Result<StepEnd, ApplyFault>> {
  const { by, reason } = run.record;
  const applied = await applyWhole(store, plan, { by, reason, now: clock.now(), planSuffix: step.suffix }, { clock, interrupted: run.signal });
  if (!applied.ok) return endOf(step, run, applied.fault);
  onApplied(step.datacentre, applied.value);
  return ok(NOTHING_MORE);
}

/** A datacentre that is away holds up no other; all else stops here. */
function endOf(step: DatacentreStep, run: StepRun, fault: ApplyFault): Result<StepEnd, ApplyFault> {
  const own = named(step, run, fault);
  return wasAway(fault) ? ok({ ...NOTHING_MORE, putOff: describeApplyFault(own) }) : err(own);
}

function takerOf({ by, clock, planSuffix, reason }: Datacentres, { signal }: StepRun): Taker {
  return { by, clock, reason, planSuffix: planSuffix(), signal, runners: stepRunners({ clock }) };
}

/** Told with its datacentre. */
function named({ datacentre }: DatacentreStep, { record }: StepRun, fault: ApplyFault): ApplyFault {
  const says = (message: string): string => `in ${datacentre}: ${message}`;
  switch (fault.kind) {
    case "refusal":
      return { kind: "refusal", refusal: { ...fault.refusal, message: says(fault.refusal.message) } };
    case "store":
      return { kind: "unfinished", operation: record.id, message: says(describeApplyFault(fault)), fault: fault.fault };
    case "undecided":
    case "unfinished":
      return { ...fault, message: says(fault.message) };
  }
}
