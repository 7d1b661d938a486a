/** The record of one operation, and the only way to write for it: every transaction is fenced, and moves the record on. */
import type { Clock } from "../../clock.ts";
import { type OperationFailure, describeStoreFault } from "../../model/fault.ts";
import type { OperationRecord } from "../../model/operation.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { writeAsRead } from "../../store/as-read.ts";
import { consulTime } from "../../store/consul-time.ts";
import { operationKey, operationLeaveKey, operationLockKey } from "../../store/keys.ts";
import type { Operation, Store } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import type { Hold } from "./hold-operation.ts";
import { transactSurely } from "./transact-surely.ts";

export interface Journal {
  readonly store: Store;
  record(): OperationRecord;
  /**
   * One transaction: these operations, and the record as it is from then on. Nothing of it is done where anything changed,
   * another took the operation over, or a rollback ended it. `describe` tells a conflict over `operations` to a person.
   */
  commit(operations: readonly Operation[], next: OperationRecord, describe?: DescribeConflict): Promise<Result<void, ApplyFault>>;
  /** Fires when another took over, as far as it is known without asking. */
  readonly lost: AbortSignal;
  /** By Consul's clock, milliseconds since the epoch. */
  now(): number;
}

type DescribeConflict = (failures: readonly OperationFailure[]) => Promise<string>;

export interface JournalInput {
  readonly store: Store;
  readonly record: OperationRecord;
  /** Where the record stands; undefined where the first commit makes it. */
  readonly entry: { readonly createIndex: number; readonly modifyIndex: number } | undefined;
  readonly hold: Hold;
  readonly clock: Clock;
}

/** What every transaction of an operation has besides: two checks of the lock, the record, the leave. */
export const OWN_OPERATIONS = 4;

export function openJournal({ clock, entry, hold, store, ...first }: JournalInput): Journal {
  let { record } = first;
  let at = entry;
  const key = operationKey(record.id);
  return {
    store,
    record: () => record,
    lost: hold.lost,
    now: () => consulTime(store, clock),
    async commit(operations, next, describe) {
      const value = JSON.stringify(next);
      const own = [...hold.fence, moveRecord(key, value, record, at?.modifyIndex), ...leaveOperations(record, next, at?.createIndex)];
      const done = await transactSurely(store, [...own, ...operations], { key, value }, clock);
      if (!done.ok) return err(await faultOf(store, next.id, done.fault, describe));
      at = { createIndex: at?.createIndex ?? done.value, modifyIndex: at !== undefined && value === JSON.stringify(record) ? at.modifyIndex : done.value };
      record = next;
      return ok(undefined);
    },
  };
}

/** Consul keeps the index of a key that is written with the value it has. */
function moveRecord(key: string, value: string, former: OperationRecord, modifyIndex: number | undefined): Operation {
  return modifyIndex !== undefined && value === JSON.stringify(former) ? { kind: "expect", key, modifyIndex } : writeAsRead(key, value, modifyIndex);
}

/** Made with the record, so that its index is known from there. What is done, or taken back, is brought to its end whatever else. */
function leaveOperations(former: OperationRecord, next: OperationRecord, createIndex: number | undefined): readonly Operation[] {
  const key = operationLeaveKey(next.id);
  if (createIndex === undefined) return [{ kind: "create", key, value: "" }];
  const goesOn = next.phase !== "aborting" && (former.phase === "reserving" || former.phase === "running");
  return goesOn ? [{ kind: "expect", key, modifyIndex: createIndex }] : [];
}

type NotDone = Extract<Awaited<ReturnType<typeof transactSurely>>, { readonly ok: false }>["fault"];

async function faultOf(store: Store, id: string, { fault, kind }: NotDone, describe: DescribeConflict | undefined): Promise<ApplyFault> {
  if (kind === "unknown") return { kind: "undecided", plan: id, message: `nobody could say whether a step of operation ${id} was done (${describeStoreFault(fault)})` };
  if (fault.kind !== "conflict") return { kind: "store", fault };
  return { kind: "refusal", refusal: { kind: "conflict", message: await describeLoss(store, id, fault.failures, describe) } };
}

async function describeLoss({ prefix }: Store, id: string, failures: readonly OperationFailure[], describe: DescribeConflict | undefined): Promise<string> {
  const failed = new Set(failures.map(({ key }) => key.slice(prefix.length + 1)));
  if (failed.has(operationLockKey(id)) || failed.has(operationKey(id))) return `operation ${id} was taken over by another`;
  if (failed.has(operationLeaveKey(id))) return `operation ${id} was ended by a rollback of one of its services`;
  if (describe !== undefined) return describe(failures);
  return `${[...new Set(failures.map(({ key }) => key))].join(", ")} was changed since the plan was made, by a hand or another operation`;
}
