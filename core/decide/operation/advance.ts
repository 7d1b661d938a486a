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

/** The first step that is left and wasn't tried yet: what an earlier run put off comes before what nobody has tried. */
export function nextStep({ next, putOff = [], steps }: OperationRecord, tried: ReadonlySet<number>): number | undefined {
  return [...putOff.map(({ step }) => step), ...(next < steps.length ? [next] : [])].find((place) => !tried.has(place));
}

/** Written before a step starts that can't be taken back, or that may be done without our knowing. */
export function atStep(record: OperationRecord, place: number): OperationRecord {
  return place === record.next ? { ...record, begun: place } : withPutOff(record, place, { step: place, doubtful: true });
}

export function afterStep(record: OperationRecord, place: number): OperationRecord {
  if (place !== record.next) return enterSteps(withPutOff(record, place, undefined));
  return enterSteps(pastNext(record));
}

/** Others go on without it. */
export function afterPuttingOff(record: OperationRecord, place: number): OperationRecord {
  if (place !== record.next) return record;
  return enterSteps(withPutOff(pastNext(record), place, { step: place, ...(record.begun === place ? { doubtful: true } : {}) }));
}

function pastNext(record: OperationRecord): OperationRecord {
  const { begun: _, ...rest } = record;
  return { ...rest, next: record.next + 1 };
}

function withPutOff(record: OperationRecord, place: number, own: NonNullable<OperationRecord["putOff"]>[number] | undefined): OperationRecord {
  const { putOff = [], ...rest } = record;
  const left = [...putOff.filter(({ step }) => step !== place), ...(own === undefined ? [] : [own])].sort((a, b) => a.step - b.step);
  return left.length === 0 ? rest : { ...rest, putOff: left };
}

function enterSteps(record: OperationRecord): OperationRecord {
  return { ...record, phase: record.next < record.steps.length || record.putOff !== undefined ? "running" : "releasing" };
}

export function afterTakingBack(record: OperationRecord): OperationRecord {
  const place = record.next - 1;
  return { ...withPutOff(record, place, undefined), next: place };
}

/** Nothing of it was done, so that there is nothing to take back. */
export function isUntouched({ putOff = [] }: OperationRecord, place: number): boolean {
  return putOff.some(({ doubtful, step }) => step === place && doubtful !== true);
}

/** From here on it is only taken back, what may have been begun too. `takenBack` is absent where no step was done. */
export function toAborting(record: OperationRecord, takenBack: OperationRecord["takenBack"]): OperationRecord {
  const { stopped: _, ...rest } = record.begun === record.next ? afterPuttingOff(record, record.next) : record;
  return { ...rest, phase: "aborting", marked: 0, ...(takenBack === undefined ? {} : { takenBack }) };
}

/** The steps that can't be taken back any more: done, or begun. */
export function finalSteps({ begun, next, steps }: OperationRecord): readonly string[] {
  return steps.filter(({ final }, place) => final === true && (place < next || place === begun)).map(({ about }) => about);
}
