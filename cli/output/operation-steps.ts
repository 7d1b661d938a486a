import { describeOperation, describeProgress } from "../../core/decide/operation/describe-operation.ts";
import type { OperationRecord } from "../../core/model/operation.ts";
import type { Session } from "../session.ts";
import { visible } from "./screen.ts";

export interface Steps {
  readonly show: (record: OperationRecord) => void;
  end(): void;
}

const ERASE_LINE = "\r\u001B[K";

/** How an operation of several transactions moves on: one line on a terminal, its beginning and its end elsewhere, nothing beside JSON or YAML. */
export function createSteps({ world: { stderr }, flags, err }: Session): Steps {
  if (flags.output !== "table") return { show: () => undefined, end: () => undefined };
  let isFirst = true;
  let isErasable = false;
  return {
    show(record) {
      if (isFirst) stderr.write(`operation ${record.id}: ${visible(describeOperation(record))}, in ${record.steps.length} steps\n`);
      isFirst = false;
      if (!stderr.isTerminal) return;
      isErasable = true;
      stderr.write(`${ERASE_LINE}${describeProgress(record).slice(0, err.columns - 1)}`);
    },
    end: () => void (isErasable && stderr.write(ERASE_LINE)),
  };
}
