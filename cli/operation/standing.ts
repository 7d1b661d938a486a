import type { OperationLock, OperationRecord } from "../../core/model/operation.ts";
import { type BadRecord, describeBadRecord } from "../../core/model/parse-record.ts";
import type { SeenOperation } from "../../core/operations/journal/read-operations.ts";

/**
 * What a person has to know first. `under-way`: somebody is at it. `stopped`: nobody is, and it waits to be resumed or taken
 * back. `ended`: a rollback of one of its services came after it, and what it did elsewhere waits to be taken back.
 */
export type OperationState = "under-way" | "stopped" | "ended" | "not-begun" | "unreadable" | "done" | "aborted";

export interface OperationStanding {
  readonly id: string;
  readonly state: OperationState;
  readonly record: OperationRecord | undefined;
  /** Who is at it. */
  readonly holder: OperationLock | undefined;
  /** Why it can't be read. */
  readonly problem: string | undefined;
}

export function determineStanding({ id, isEnded, isOver, lock, record }: SeenOperation): OperationStanding {
  const read = record?.ok === true ? record.value : undefined;
  const holder = lock === undefined || lock === "unreadable" ? undefined : lock;
  return { id, record: read, holder, problem: problemOf(record), state: stateOf({ read, isRecorded: record !== undefined, isHeld: lock !== undefined, isEnded, isOver }) };
}

interface Seen {
  readonly read: OperationRecord | undefined;
  readonly isRecorded: boolean;
  readonly isHeld: boolean;
  readonly isEnded: boolean;
  readonly isOver: boolean;
}

function stateOf({ isEnded, isHeld, isOver, isRecorded, read }: Seen): OperationState {
  if (isRecorded && read === undefined) return "unreadable";
  if (isOver) return read?.phase === "aborted" ? "aborted" : "done";
  if (isHeld) return "under-way";
  if (!isRecorded) return "not-begun";
  return isEnded && (read?.phase === "reserving" || read?.phase === "running") ? "ended" : "stopped";
}

function problemOf(record: SeenOperation["record"]): string | undefined {
  const bad: BadRecord | undefined = record?.ok === false ? record.fault : undefined;
  return bad === undefined ? undefined : describeBadRecord(bad);
}
