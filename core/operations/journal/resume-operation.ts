/** What anyone may do with an operation that was left behind: finish it, or take it back. */
import type { Clock } from "../../clock.ts";
import { finalSteps, isOver, toAborting } from "../../decide/operation/advance.ts";
import { describeWayBack } from "../../decide/operation/describe-operation.ts";
import { formatPlanId } from "../../decide/plan-id.ts";
import type { OperationRecord, StepRecord } from "../../model/operation.ts";
import { describeBadRecord } from "../../model/parse-record.ts";
import type { Refusal } from "../../model/plan.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { Store } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import { clearAway } from "./clear-away.ts";
import { type Hold, type HoldFault, holdOperation } from "./hold-operation.ts";
import { type Journal, openJournal } from "./journal.ts";
import { readHeads } from "./marks.ts";
import { type OpenOperation, type ReadFault, readOperation } from "./read-operations.ts";
import { type RunOptions, runOperation } from "./run-operation.ts";

export interface Taker extends RunOptions {
  readonly clock: Clock;
  readonly by: string;
  readonly reason?: string | undefined;
  /** 6 random base32 characters, for the plan that an abort makes. */
  readonly planSuffix: string;
}

export interface Finished {
  readonly record: OperationRecord;
  readonly steps: readonly StepRecord[];
  /** It had come to its end before. */
  readonly already: boolean;
}

/** Goes on with it until it is done. */
export function resumeOperation(store: Store, id: string, taker: Taker): Promise<Result<Finished, ApplyFault>> {
  return takeUp(store, id, taker, async (journal, open) => {
    const { phase } = open.record;
    if (phase === "aborting") return refused(id, `operation ${id} is being taken back, and what is left of it would not make a whole: finish that with "rollpin operation abort ${id}"`);
    if (open.isEnded && phase !== "releasing") return conflict(`operation ${id} was ended by a rollback of one of its services, and would undo that: "rollpin operation abort ${id}" takes back what it did elsewhere`);
    return runOperation(journal, open.steps, taker);
  });
}

/** Takes back what it did, last step first. What a rollback has taken out of it since stays as that left it. */
export function abortOperation(store: Store, id: string, taker: Taker): Promise<Result<Finished, ApplyFault>> {
  return takeUp(store, id, taker, async (journal, { record, steps }) => {
    if (record.phase === "releasing") return refused(id, `operation ${id} is done but for its marks: "rollpin operation resume ${id}" ends it, and ${describeWayBack(record)} then`);
    const final = finalSteps(record);
    if (final.length > 0) return refused(id, `operation ${id} can't be taken back any more, because it has begun what can't be: ${final.join(", ")}; "rollpin operation resume ${id}" finishes it`);
    if (record.phase !== "aborting") {
      const turned = await turnBack(journal, steps, taker);
      if (!turned.ok) return turned;
    }
    return runOperation(journal, steps, taker);
  });
}

async function takeUp(store: Store, id: string, taker: Taker, act: (journal: Journal, open: OpenOperation) => Promise<Result<void, ApplyFault>>): Promise<Result<Finished, ApplyFault>> {
  const seen = await readOperation(store, id);
  if (!seen.ok && seen.fault.kind !== "not-begun") return err(faultOfReading(id, seen.fault));
  if (seen.ok && isOver(seen.value.record)) return endAgain(store, seen.value);
  const hold = await holdOperation(store, id, taker.by, taker.clock);
  if (!hold.ok) return err(faultOfHolding(id, hold.fault));
  try {
    return await takeUpHeld(store, id, taker, hold.value, act);
  } finally {
    await hold.value.release();
  }
}

async function takeUpHeld(store: Store, id: string, { clock }: Taker, hold: Hold, act: (journal: Journal, open: OpenOperation) => Promise<Result<void, ApplyFault>>): Promise<Result<Finished, ApplyFault>> {
  const open = await readOperation(store, id);
  if (!open.ok) {
    // Nobody else is at it, and it never began: what lies there is of no use to anyone.
    if (open.fault.kind === "not-begun") await clearAway(store, id);
    return err(faultOfReading(id, open.fault));
  }
  const { entry, record, steps } = open.value;
  if (isOver(record)) return endAgain(store, open.value);
  const { stopped: _, ...going } = record;
  const journal = openJournal({ store, record: going, entry, hold, clock });
  const done = await act(journal, open.value);
  if (!done.ok) return done;
  await clearAway(store, id);
  return ok({ record: journal.record(), steps, already: false });
}

/** Whoever brought it to its end may have died before clearing away. Nobody has to hold the lock for that. */
async function endAgain(store: Store, { record, steps }: OpenOperation): Promise<Result<Finished, ApplyFault>> {
  await clearAway(store, record.id);
  return ok({ record, steps, already: true });
}

/** Settles what is taken back and makes history, and under which plan that keeps it. */
async function turnBack(journal: Journal, steps: readonly StepRecord[], { by, planSuffix, reason }: Taker): Promise<Result<void, ApplyFault>> {
  const record = journal.record();
  const done = steps.slice(0, record.next).flatMap((step) => (step.kind === "transaction" ? step.services.flatMap(({ recorded, service }) => (recorded ? [service] : [])) : []));
  const heads = await readHeads(journal.store, done);
  if (!heads.ok) return heads;
  const ours = done.flatMap((service) => {
    const head = heads.value.get(service)?.value;
    return head?.operation?.id === record.id ? [[service, head.revision + 1] as const] : [];
  });
  const [first] = ours;
  const takenBack = first === undefined ? undefined : { plan: formatPlanId(first[0], first[1], planSuffix), by, ...(reason === undefined ? {} : { reason }), services: Object.fromEntries(ours) };
  return journal.commit([], toAborting(record, takenBack));
}

function faultOfReading(id: string, fault: ReadFault): ApplyFault {
  switch (fault.kind) {
    case "store":
      return fault;
    case "absent":
      return refusal({ kind: "usage", message: `there is no operation ${id}: "rollpin operation list" shows what there is, and "rollpin history" what was done` });
    case "not-begun":
      return refusal({ kind: "refused", check: "operation", service: id, message: `operation ${id} was cut off before it began: nothing of it was done, and what it had noted down is cleared away; run the command again` });
    case "unreadable":
      return refusal({ kind: "refused", check: "operation", service: id, message: `${describeBadRecord(fault.bad)}; somebody wrote over it: put back what stood there (a snapshot of Consul has it)` });
  }
}

function faultOfHolding(id: string, fault: HoldFault): ApplyFault {
  if (fault.kind === "store") return fault;
  const who = fault.lock === undefined ? "somebody" : `${fault.lock.by}, since ${fault.lock.at},`;
  return refusal({ kind: "conflict", message: `${who} is at operation ${id}: wait for it; a program that was killed lets go within 20 s, and "rollpin operation unlock ${id}" takes the lock from one that hangs` });
}

function refusal(what: Refusal): ApplyFault {
  return { kind: "refusal", refusal: what };
}

function refused(id: string, message: string): Result<never, ApplyFault> {
  return err(refusal({ kind: "refused", check: "operation", service: id, message }));
}

function conflict(message: string): Result<never, ApplyFault> {
  return err(refusal({ kind: "conflict", message }));
}
