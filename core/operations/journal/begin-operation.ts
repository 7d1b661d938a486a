/** A new operation: lock, steps, record, and then all of it. */
import type { Clock } from "../../clock.ts";
import { toAborting } from "../../decide/operation/advance.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { operationStepKey } from "../../store/keys.ts";
import type { Operation, Store } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import { clearAway } from "./clear-away.ts";
import type { OperationDraft } from "./draft-operation.ts";
import { type Hold, holdOperation } from "./hold-operation.ts";
import { type Journal, openJournal } from "./journal.ts";
import { type RunOptions, runOperation } from "./run-operation.ts";
import { transactSurely } from "./transact-surely.ts";

export interface BeginOptions extends RunOptions {
  readonly clock: Clock;
  /** Done with the record's own transaction, or not at all. */
  readonly beside?: readonly Operation[] | undefined;
}

/**
 * Writes the steps, then the record, and runs it to its end. Where a head has changed since the plan was made, all is as
 * it was; what stops it later leaves it to be resumed or taken back.
 */
export async function beginOperation(store: Store, draft: OperationDraft, options: BeginOptions): Promise<Result<void, ApplyFault>> {
  const { id, by } = draft.record;
  const hold = await holdOperation(store, id, by, options.clock);
  if (!hold.ok) return err(hold.fault.kind === "store" ? hold.fault : { kind: "refusal", refusal: { kind: "conflict", message: `somebody else is at operation ${id}` } });
  try {
    const written = await writeSteps(store, draft, hold.value, options.clock);
    if (!written.ok) {
      await clearAway(store, id);
      return written;
    }
    const journal = openJournal({ store, record: draft.record, entry: undefined, hold: hold.value, clock: options.clock });
    const begun = await journal.commit(options.beside ?? [], draft.record);
    if (!begun.ok) {
      await clearAway(store, id);
      return begun;
    }
    return await runNew(journal, draft, options);
  } finally {
    await hold.value.release();
  }
}

async function writeSteps(store: Store, { record, steps }: OperationDraft, hold: Hold, clock: Clock): Promise<Result<void, ApplyFault>> {
  for (const [place, step] of steps.entries()) {
    const key = operationStepKey(record.id, place);
    const value = JSON.stringify(step);
    const written = await transactSurely(store, [...hold.fence, { kind: "create", key, value }], { key, value }, clock);
    if (!written.ok) return err({ kind: "store", fault: written.fault.fault });
  }
  return ok(undefined);
}

/** While it only marks heads nothing is changed: then a conflict is none to be mended, and the marks go again. */
async function runNew(journal: Journal, { steps }: OperationDraft, options: BeginOptions): Promise<Result<void, ApplyFault>> {
  const { store } = journal;
  const done = await runOperation(journal, steps, options);
  const { id, phase } = journal.record();
  if (done.ok) await clearAway(store, id);
  if (done.ok || phase !== "reserving" || done.fault.kind !== "refusal") return done;
  const { refusal } = done.fault;
  const turned = await journal.commit([], toAborting(journal.record(), undefined));
  const undone = turned.ok ? await runOperation(journal, steps, { ...options, signal: undefined, onProgress: undefined }) : turned;
  if (!undone.ok) return undone;
  await clearAway(store, id);
  return err({ kind: "refusal", refusal });
}
