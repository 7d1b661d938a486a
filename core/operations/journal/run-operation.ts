/** From where an operation stands to its end, one fenced transaction after the other. */
import { isoTime } from "../../clock.ts";
import { afterPuttingOff, afterStep, afterTakingBack, atStep, finalSteps, isOver, isUntouched, nextStep } from "../../decide/operation/advance.ts";
import { operationCommand } from "../../decide/operation/describe-operation.ts";
import { type OperationFailure, describeStoreFault } from "../../model/fault.ts";
import type { OperationRecord, StepRecord } from "../../model/operation.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { type ApplyFault, describeApplyFault } from "../apply-fault.ts";
import type { Journal } from "./journal.ts";
import { type Marked, markNext, releaseNext } from "./marks.ts";
import type { StepEnd, StepRun, StepRunner, StepRunners } from "./step-runner.ts";

export interface RunOptions {
  readonly runners: StepRunners;
  /** Go past what a hand has changed since: write over it. */
  readonly override?: boolean | undefined;
  /** Between two steps it ends there, and in the middle of one where its runner can. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((record: OperationRecord) => void) | undefined;
}

/** Until it is `done` or `aborted`. Where it isn't, the record says why, and the fault what to do. */
export async function runOperation(journal: Journal, steps: readonly StepRecord[], options: RunOptions): Promise<Result<void, ApplyFault>> {
  const tried = new Map<number, string>();
  for (;;) {
    const record = journal.record();
    options.onProgress?.(record);
    if (isOver(record)) return ok(undefined);
    const moved = isInterrupted(record, options) ? err(interrupted(record.id)) : await advance(journal, steps, options, tried);
    if (!moved.ok) return err(await noteStop(journal, moved.fault));
  }
}

function isInterrupted({ phase }: OperationRecord, { signal }: RunOptions): boolean {
  return signal?.aborted === true && phase !== "releasing";
}

function interrupted(id: string): ApplyFault {
  return { kind: "unfinished", operation: id, message: "it was interrupted" };
}

/** Why a step was put off in this run, by its place. */
type Tried = Map<number, string>;

function advance(journal: Journal, steps: readonly StepRecord[], options: RunOptions, tried: Tried): Promise<Result<void, ApplyFault>> {
  const record = journal.record();
  switch (record.phase) {
    case "reserving":
      return markNext(journal, markedBy(steps));
    case "running":
      return stepForward(journal, steps, options, tried);
    case "aborting":
      return record.next > 0 ? stepBack(journal, steps, options) : releaseNext(journal);
    case "releasing":
      return releaseNext(journal);
    case "done":
    case "aborted":
      throw new Error(`operation ${record.id} has ended`);
  }
}

function markedBy(steps: readonly StepRecord[]): Marked {
  return {
    plans: new Map(steps.flatMap((step) => (step.kind === "transaction" ? step.services.map((one) => [one.service, one] as const) : []))),
    off: new Map(steps.flatMap((step) => (step.kind === "drain" ? [[step.service, step.versions] as const] : []))),
  };
}

async function stepForward(journal: Journal, steps: readonly StepRecord[], options: RunOptions, tried: Tried): Promise<Result<void, ApplyFault>> {
  const record = journal.record();
  const place = nextStep(record, new Set(tried.keys()));
  if (place === undefined) return err({ kind: "unfinished", operation: record.id, message: [...tried.values()].join("; ") });
  if (record.steps[place]?.final === true && record.begun !== place) {
    const begun = await journal.commit([], atStep(record, place));
    if (!begun.ok) return begun;
  }
  const step = stepAt(steps, place);
  const end = await runnerOf(step, options.runners).forward(step, runOf(journal, place, options));
  if (!end.ok) return end;
  const { operations, putOff } = end.value;
  if (putOff !== undefined) tried.set(place, putOff);
  return journal.commit(operations, (putOff === undefined ? afterStep : afterPuttingOff)(journal.record(), place), describeWith(end.value));
}

async function stepBack(journal: Journal, steps: readonly StepRecord[], options: RunOptions): Promise<Result<void, ApplyFault>> {
  const place = journal.record().next - 1;
  if (isUntouched(journal.record(), place)) return journal.commit([], afterTakingBack(journal.record()));
  const step = stepAt(steps, place);
  const end = await runnerOf(step, options.runners).back(step, runOf(journal, place, options));
  return end.ok ? journal.commit(end.value.operations, afterTakingBack(journal.record()), describeWith(end.value)) : end;
}

function stepAt(steps: readonly StepRecord[], place: number): StepRecord {
  const step = steps[place];
  if (step === undefined) throw new Error(`an operation was read without its step ${place}`);
  return step;
}

/** The one of its own kind. */
function runnerOf(step: StepRecord, runners: StepRunners): StepRunner<StepRecord> {
  return runners[step.kind];
}

function runOf(journal: Journal, place: number, { override, signal }: RunOptions): StepRun {
  return {
    store: journal.store,
    record: journal.record(),
    place,
    override: override === true,
    signal: signal === undefined ? journal.lost : AbortSignal.any([signal, journal.lost]),
    now: () => journal.now(),
    begin: () => journal.commit([], atStep(journal.record(), place)),
    write: (operations) => journal.commit(operations, journal.record()),
  };
}

function describeWith({ describe }: StepEnd): ((failures: readonly OperationFailure[]) => Promise<string>) | undefined {
  return describe === undefined ? undefined : (failures) => describe([...new Set(failures.map(({ key }) => key))]);
}

/** What stopped it stands in the record, where that can be written still: whoever looks next should know. */
async function noteStop(journal: Journal, fault: ApplyFault): Promise<ApplyFault> {
  const record = journal.record();
  const why = describeApplyFault(fault).slice(0, LONGEST_WHY);
  if (fault.kind !== "store" && fault.kind !== "undecided") await journal.commit([], { ...record, stopped: { at: isoTime(journal.now()), why } });
  return withAdvice(record, fault);
}

const LONGEST_WHY = 2_048;

/** The same fault, saying what can be done about it. */
function withAdvice(record: OperationRecord, fault: ApplyFault): ApplyFault {
  const { id, phase } = record;
  const goesOn = `${operationCommand("resume", record)} goes on with it`;
  const abort = operationCommand("abort", record);
  const advice = phase === "aborting" ? `${abort} goes on taking it back` : finalSteps(record).length > 0 ? `${goesOn}; it can't be taken back any more` : `${goesOn}, ${abort} takes it back`;
  if (fault.kind === "refusal" && fault.refusal.kind === "conflict") return { kind: "refusal", refusal: { kind: "conflict", message: `${fault.refusal.message}; ${advice}` } };
  if (fault.kind === "unfinished") return { ...fault, message: `operation ${id} is not finished: ${fault.message}; ${advice}` };
  const cause = fault.kind === "store" ? describeStoreFault(fault.fault) : describeApplyFault(fault);
  return { kind: "unfinished", operation: id, message: `operation ${id} is not finished: ${cause}; ${advice}`, ...(fault.kind === "store" ? { fault: fault.fault } : {}) };
}
