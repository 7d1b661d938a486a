/** How an operation's record moves on. Each of these goes with one transaction. */
import type { OperationRecord } from "../../model/operation.ts";

/** Every service whose head is marked, in the order in which that is done. */
export function markedServices({ services }: OperationRecord): readonly string[] {
  return Object.keys(services).sort();
}

/** Nothing more is to be done, but for what is left lying about. */
export function isOver({ phase }: OperationRecord): boolean {
  return phase === "done" || phase === "aborted";
}

/** So many more heads were marked, or let go. */
export function afterMarks(record: OperationRecord, count: number): OperationRecord {
  const marked = record.marked + count;
  if (marked < Object.keys(record.services).length) return { ...record, marked };
  switch (record.phase) {
    case "reserving":
      return enterSteps({ ...record, marked: 0 });
    case "releasing":
      return { ...record, marked: 0, phase: "done" };
    case "aborting":
      return { ...record, marked: 0, phase: "aborted" };
    case "running":
    case "done":
    case "aborted":
      throw new Error(`operation ${record.id} marks nothing while ${record.phase}`);
  }
}

/** Written before a step starts that can't be taken back. */
export function atStep(record: OperationRecord): OperationRecord {
  return { ...record, begun: record.next };
}

export function afterStep(record: OperationRecord): OperationRecord {
  const { begun: _, ...rest } = record;
  return enterSteps({ ...rest, next: record.next + 1 });
}

function enterSteps(record: OperationRecord): OperationRecord {
  return { ...record, phase: record.next < record.steps.length ? "running" : "releasing" };
}

export function afterTakingBack(record: OperationRecord): OperationRecord {
  return { ...record, next: record.next - 1 };
}

/** From here on it is only taken back. `takenBack` is absent where no step was done. */
export function toAborting(record: OperationRecord, takenBack: OperationRecord["takenBack"]): OperationRecord {
  const { stopped: _, ...rest } = record;
  return { ...rest, phase: "aborting", marked: 0, ...(takenBack === undefined ? {} : { takenBack }) };
}

/** The steps that can't be taken back any more: done, or begun. */
export function finalSteps({ begun, next, steps }: OperationRecord): readonly string[] {
  return steps.filter(({ final }, place) => final === true && (place < next || place === begun)).map(({ about }) => about);
}
