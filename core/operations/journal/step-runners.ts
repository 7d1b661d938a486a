import { type DrainStepDeps, drainStep } from "./drain-step.ts";
import { type HookStepDeps, hookStep } from "./hook-step.ts";
import type { StepRunners } from "./step-runner.ts";
import { transactionStep } from "./transaction-step.ts";

/** Told as steps go on that others have a part in. */
export type StepDeps = DrainStepDeps & HookStepDeps;

/** How each kind of step is done. */
export function stepRunners(deps: StepDeps): StepRunners {
  return { transaction: transactionStep, hook: hookStep(deps), drain: drainStep(deps) };
}
