/** Operations as they stand in Consul. What can't be read is told by its key, never guessed at. */
import { isOver } from "../../decide/operation/advance.ts";
import type { StoreFault } from "../../model/fault.ts";
import { type OperationLock, type OperationRecord, type StepRecord, operationSchema, stepSchema } from "../../model/operation.ts";
import { type BadRecord, parseRecord } from "../../model/parse-record.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { operationFolder, operationKey, operationLeaveKey, operationStepKey, operationsRoot } from "../../store/keys.ts";
import type { Entry, ReadOptions, Store } from "../../store/port.ts";
import { readLock } from "./hold-operation.ts";
import { groupNames } from "./operation-names.ts";

export interface SeenOperation {
  readonly id: string;
  /** Undefined where it was cut off before it began: nothing of it was done. */
  readonly record: Result<OperationRecord, BadRecord> | undefined;
  /** Who is at it now. */
  readonly lock: OperationLock | "unreadable" | undefined;
  /** A rollback of one of its services has ended it. */
  readonly isEnded: boolean;
  /** Nothing more is to be done, but for what is left lying about. */
  readonly isOver: boolean;
}

export interface OpenOperation {
  readonly record: OperationRecord;
  readonly entry: Entry;
  readonly steps: readonly StepRecord[];
  /** A rollback of one of its services has ended it: it can be taken back, and not gone on with. */
  readonly isEnded: boolean;
}

export type ReadFault =
  | { readonly kind: "absent" }
  | { readonly kind: "not-begun" }
  | { readonly kind: "unreadable"; readonly bad: BadRecord }
  | { readonly kind: "store"; readonly fault: StoreFault };

/** Those that have not ended; with `all`, those that have as well. One request where there is none. */
export async function listOperations(store: Store, options: ReadOptions & { readonly all?: boolean } = {}): Promise<Result<readonly SeenOperation[], StoreFault>> {
  const { all = false, ...reading } = options;
  const names = await store.keys(operationsRoot, reading);
  if (!names.ok) return names;
  const wanted = [...groupNames(names.value)].filter(([, { hasParts }]) => all || hasParts);
  const seen: SeenOperation[] = [];
  for (const [id, { hasRecord }] of wanted) {
    const entry = hasRecord ? await store.get(operationKey(id), reading) : ok(undefined);
    if (!entry.ok) return entry;
    const lock = await readLock(store, id);
    if (!lock.ok) return lock;
    const record = entry.value === undefined ? undefined : parseRecord(operationSchema, entry.value.key, entry.value.value);
    const hasEnded = record?.ok === true && isOver(record.value);
    seen.push({ id, record, lock: lock.value, isEnded: !hasEnded && hasRecord && !names.value.includes(operationLeaveKey(id)), isOver: hasEnded });
  }
  return ok(all ? seen : seen.filter((one) => !one.isOver));
}

/** By the leader's word: whoever goes on with it has the lock, and what is read now stays so. */
export async function readOperation(store: Store, id: string): Promise<Result<OpenOperation, ReadFault>> {
  const [found, names] = await Promise.all([store.get(operationKey(id), { consistency: "consistent" }), store.keys(operationFolder(id), { consistency: "consistent" })]);
  if (!found.ok) return err({ kind: "store", fault: found.fault });
  if (!names.ok) return err({ kind: "store", fault: names.fault });
  const entry = found.value;
  if (entry === undefined) return err({ kind: names.value.length === 0 ? "absent" : "not-begun" });
  const record = parseRecord(operationSchema, entry.key, entry.value);
  if (!record.ok) return err({ kind: "unreadable", bad: record.fault });
  const steps = isOver(record.value) ? ok([]) : await readSteps(store, record.value);
  if (!steps.ok) return steps;
  return ok({ record: record.value, entry, steps: steps.value, isEnded: !names.value.includes(operationLeaveKey(id)) });
}

async function readSteps(store: Store, { id, steps }: OperationRecord): Promise<Result<readonly StepRecord[], ReadFault>> {
  const read: StepRecord[] = [];
  for (const place of steps.keys()) {
    const key = operationStepKey(id, place);
    const entry = await store.get(key, { consistency: "consistent" });
    if (!entry.ok) return err({ kind: "store", fault: entry.fault });
    const step = entry.value === undefined ? err<BadRecord>({ key, problems: ["it is missing"] }) : parseRecord(stepSchema, key, entry.value.value);
    if (!step.ok) return err({ kind: "unreadable", bad: step.fault });
    read.push(step.value);
  }
  return ok(read);
}
