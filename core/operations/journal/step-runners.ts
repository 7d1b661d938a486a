import { type HookStepDeps, hookStep } from "./hook-step.ts";
import type { StepRunners } from "./step-runner.ts";
import { transactionStep } from "./transaction-step.ts";

/** How each kind of step is done. */
export function stepRunners(deps: HookStepDeps): StepRunners {
  return { transaction: transactionStep, hook: hookStep(deps) };
}
