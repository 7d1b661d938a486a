/** Who plans and applies in each datacentre for an operation over several, and what became of it in this run. */
import type { Asked } from "../../core/model/requests.ts";
import { err, ok } from "../../core/model/result.ts";
import type { ApplyFault } from "../../core/operations/apply-fault.ts";
import type { AppliedPlan } from "../../core/operations/apply.ts";
import { type Datacentres, datacentreStep } from "../../core/operations/datacentres/datacentre-step.ts";
import { type StepDeps, stepRunners } from "../../core/operations/journal/step-runners.ts";
import type { StepRunners } from "../../core/operations/journal/step-runner.ts";
import type { AskedSpec } from "../change-spec.ts";
import { failureOfApply } from "../apply-failure.ts";
import type { Failure } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { type Prepared, type Unprepared, prepare } from "../prepare.ts";
import type { Session } from "../session.ts";
import { failureOf } from "./look.ts";
import { reach } from "./reach.ts";

export interface CrewOptions {
  readonly flags: ChangeFlags;
  readonly specOf: (asked: Asked) => Promise<AskedSpec>;
  /** Of which no plan could be shown, with why: an operator is asked once more, by resuming. */
  readonly unseen?: ReadonlyMap<string, string> | undefined;
  /** Told as steps go on that others have a part in. */
  readonly told?: Omit<StepDeps, "clock"> | undefined;
}

export interface AppliedThere {
  readonly dc: string;
  readonly applied: AppliedPlan;
  /** Undefined where an earlier run had planned it. */
  readonly prepared: Prepared | undefined;
}

export interface Crew {
  readonly runners: StepRunners;
  /** In this run, in order. */
  applied(): readonly AppliedThere[];
}

export function createCrew(session: Session, { flags, specOf, told, unseen }: CrewOptions): Crew {
  const { by, clock, planSuffix } = session.world;
  const prepared = new Map<string, Prepared>();
  const applied: AppliedThere[] = [];
  const port: Datacentres = {
    by,
    clock,
    planSuffix,
    reason: flags.reason,
    async open(dc) {
      const why = unseen?.get(dc);
      return why === undefined ? reach(session, dc) : err(why);
    },
    async plan(dc, store, asked) {
      const made = await prepare(session, store, { ...(await specOf(asked)), flags, adopts: false });
      if (!made.ok) return err(faultOf(made.fault));
      prepared.set(dc, made.value);
      return ok(made.value.plan);
    },
    onApplied: (dc, plan) => void applied.push({ dc, applied: plan, prepared: prepared.get(dc) }),
  };
  return { runners: stepRunners({ ...told, clock }, datacentreStep(port)), applied: () => applied };
}

/** What stopped it, and where it is done all the same. */
export function failureOfCrew(fault: ApplyFault, crew: Crew): Failure {
  const failure = failureOfApply(fault);
  const names = crew.applied().map(({ dc }) => dc);
  return names.length === 0 ? failure : { ...failure, message: `${failure.message}. It is done in ${names.join(", ")}` };
}

/** What Consul couldn't answer may be asked of it again; all else is the operator's business. */
function faultOf(fault: Unprepared): ApplyFault {
  if (fault.kind === "refusal") return { kind: "refusal", refusal: fault.refusal };
  const { code, message } = failureOf(fault);
  if (code === "consul") return { kind: "undecided", plan: "", message };
  return { kind: "refusal", refusal: code === "conflict" ? { kind: "conflict", message } : { kind: "usage", message } };
}
