import { type DrainStepDeps, drainStep } from "./drain-step.ts";
import { type HookStepDeps, hookStep } from "./hook-step.ts";
import type { StepRunners } from "./step-runner.ts";
import { transactionStep } from "./transaction-step.ts";

/** Told as steps go on that others have a part in. */
export type StepDeps = DrainStepDeps & HookStepDeps;

/** How each kind of step is done. `datacentre`: by whom it is planned there, where an operation may have such steps. */
export function stepRunners(deps: StepDeps, datacentre: StepRunners["datacentre"] = ofOneOnly): StepRunners {
  return { transaction: transactionStep, hook: hookStep(deps), drain: drainStep(deps), datacentre };
}

const refuse = (): Promise<never> => Promise.reject(new Error("a step of several datacentres stood in the operation of one"));
const ofOneOnly: StepRunners["datacentre"] = { forward: refuse, back: refuse };
