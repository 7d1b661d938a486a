import { describeOperation, describeProgress } from "../../core/decide/operation/describe-operation.ts";
import { describeDrain } from "../../core/decide/operation/drain-steps.ts";
import { describeStillOn } from "../../core/decide/operation/still-on.ts";
import { describeStep } from "../../core/decide/hooks/plan-hook-steps.ts";
import type { DrainProgress } from "../../core/operations/journal/drain-step.ts";
import type { HookProgress } from "../../core/operations/journal/hook-step.ts";
import type { OperationRecord } from "../../core/model/operation.ts";
import type { Session } from "../session.ts";
import { visible } from "./screen.ts";

export interface Steps {
  readonly show: (record: OperationRecord) => void;
  /** Whom it waits for. */
  readonly showDrain: (progress: DrainProgress) => void;
  /** What an agent does for it. */
  readonly showHook: (progress: HookProgress) => void;
  end(): void;
}

const ERASE_LINE = "\r\u001B[K";

/** How an operation of several transactions moves on: one line on a terminal, its beginning and its end elsewhere, nothing beside JSON or YAML. */
export function createSteps({ world: { stderr }, flags, err }: Session): Steps {
  if (flags.output !== "table") return { show: () => undefined, showDrain: () => undefined, showHook: () => undefined, end: () => undefined };
  let isFirst = true;
  let isErasable = false;
  let told = "";
  const erase = (): string => (isErasable ? ERASE_LINE : "");
  return {
    show(record) {
      if (isFirst) stderr.write(`operation ${record.id}: ${visible(describeOperation(record))}, in ${record.steps.length} step${record.steps.length === 1 ? "" : "s"}\n`);
      isFirst = false;
      if (!stderr.isTerminal) return;
      isErasable = true;
      stderr.write(`${ERASE_LINE}${describeProgress(record).slice(0, err.columns - 1)}`);
    },
    showDrain(progress) {
      stderr.write(`${erase()}${visible(describeWait(progress))}\n`);
    },
    showHook(progress) {
      const line = visible(describeHook(progress));
      // What it printed last changes every second: on a terminal only.
      const isNews = told !== line;
      const isPassing = progress.run?.state === "begun" && progress.run.message !== undefined;
      told = line;
      if (isNews && !isPassing) stderr.write(`${erase()}${line}\n`);
      if (!isNews || !isPassing || !stderr.isTerminal) return;
      isErasable = true;
      stderr.write(`${ERASE_LINE}${line.slice(0, err.columns - 1)}`);
    },
    end: () => void (isErasable && stderr.write(ERASE_LINE)),
  };
}

function describeWait({ left, step }: DrainProgress): string {
  const waits = describeStillOn(left);
  return `${describeDrain(step)}: ${waits === undefined ? "nothing is sent there any more" : `waits for ${waits}`}`;
}

function describeHook({ leader, run, step }: HookProgress): string {
  const what = describeStep(step);
  if (run === undefined) return leader === undefined ? `${what}: no agent that may run it lives now; one is waited for` : `${what}: ${leader} is asked`;
  const message = run.message === undefined ? "" : `: ${run.message}`;
  switch (run.state) {
    case "begun":
      return `${what}: ${run.by} is at it${run.attempt === 1 ? "" : `, attempt ${run.attempt}`}${message}`;
    case "done":
      return `${what}: ${run.by} has done it${message}`;
    case "failed":
      return `${what}: failed at ${run.by}${message}`;
  }
}
