/** Transactions over rows: all or nothing, every refusal reported, later operations see earlier ones. */
import type { OperationFailure } from "../../model/fault.ts";
import { type Result, err, ok } from "../../model/result.ts";
import type { Operation } from "../port.ts";
import { type Row, type Rows, writeRow } from "./rows.ts";

const WRITES: ReadonlySet<Operation["kind"]> = new Set(["create", "replace", "lock", "unlock"]);

export interface Changed {
  /** Keys whose row is another now. */
  readonly keys: readonly string[];
  /** The highest index that a written key has; 0 where none was written. */
  readonly modifyIndex: number;
}

export function applyTransaction(rows: Rows, operations: readonly Operation[], sessions: ReadonlySet<string>, index: number): Result<Changed, readonly OperationFailure[]> {
  const draft = new Map<string, Row | undefined>();
  const failures: OperationFailure[] = [];
  let modifyIndex = 0;
  for (const [at, operation] of operations.entries()) {
    const existing = draft.has(operation.key) ? draft.get(operation.key) : rows.live.get(operation.key);
    const refusal = refusalOf(operation, existing, sessions);
    if (refusal !== undefined) {
      failures.push({ index: at, key: operation.key, what: refusal });
      continue;
    }
    const row = resultOf(operation, existing, index);
    draft.set(operation.key, row);
    if (WRITES.has(operation.kind)) modifyIndex = Math.max(modifyIndex, row?.modifyIndex ?? 0);
  }
  return failures.length > 0 ? err(failures) : ok({ keys: commit(rows, draft, index), modifyIndex });
}

/** Puts the drafted rows in place; names the keys that changed. */
export function commit(rows: Rows, draft: ReadonlyMap<string, Row | undefined>, index: number): readonly string[] {
  const changed = [...draft].filter(([key, row]) => rows.live.get(key) !== row);
  for (const [key, row] of changed) {
    if (row === undefined) {
      rows.live.delete(key);
      rows.graves.set(key, index);
    } else rows.live.set(key, row);
  }
  if (changed.length > 0) rows.lastIndex = index;
  return changed.map(([key]) => key);
}

/** Why Consul would refuse it, in about its words. */
function refusalOf(operation: Operation, existing: Row | undefined, sessions: ReadonlySet<string>): string | undefined {
  const { kind, key } = operation;
  switch (kind) {
    case "create":
      return existing && `failed to set key "${key}", index is stale`;
    case "replace":
      return isAt(existing, operation.modifyIndex) ? undefined : `failed to set key "${key}", index is stale`;
    case "remove":
      return refusalToRemove(operation, existing);
    case "delete":
      return undefined;
    case "lock":
      return refusalToLock(operation, existing, sessions);
    case "expect":
      return isAt(existing, operation.modifyIndex) ? undefined : describeIndex(key, existing, operation.modifyIndex);
    case "expect-absent":
      return existing && `key "${key}" exists`;
    case "unlock":
    case "expect-session":
      return refusalOfSession(operation.session, existing?.session);
  }
}

const isAt = (row: Row | undefined, modifyIndex: number): boolean => row?.modifyIndex === modifyIndex;

const isHeldBy = (row: Row | undefined, session: string): boolean => row?.session === session;

const refusalOfSession = (wanted: string, holder = ""): string | undefined => (holder === wanted ? undefined : `current session "${holder}" != "${wanted}"`);

function refusalToRemove({ key, modifyIndex }: { readonly key: string; readonly modifyIndex: number }, existing: Row | undefined): string | undefined {
  return existing === undefined || isAt(existing, modifyIndex) ? undefined : `failed to delete key "${key}", index is stale`;
}

function refusalToLock({ key, session }: { readonly key: string; readonly session: string }, existing: Row | undefined, sessions: ReadonlySet<string>): string | undefined {
  if (!sessions.has(session)) return `failed to lock key "${key}": invalid session "${session}"`;
  const holder = existing?.session;
  return holder === undefined || holder === session ? undefined : `failed to lock key "${key}", lock is already held`;
}

function describeIndex(key: string, existing: Row | undefined, wanted: number): string {
  return existing === undefined ? `failed to check index, key "${key}" doesn't exist` : `current modify index ${existing.modifyIndex} != ${wanted}`;
}

/** What an operation that wasn't refused leaves at its key. */
function resultOf(operation: Operation, existing: Row | undefined, index: number): Row | undefined {
  switch (operation.kind) {
    case "create":
    case "replace":
      // A plain write keeps the holder and sets the lock's count to 0.
      return writeRow(existing, { key: operation.key, value: Buffer.from(operation.value), lockIndex: 0, session: existing?.session }, index);
    case "lock":
      return heldRow(operation, existing, index);
    case "unlock":
      return writeRow(existing, { key: operation.key, value: Buffer.from(operation.value), lockIndex: lockIndexOf(existing), session: undefined }, index);
    case "remove":
    case "delete":
      return undefined;
    case "expect":
    case "expect-absent":
    case "expect-session":
      return existing;
  }
}

function heldRow({ key, session, value }: Operation & { kind: "lock" }, existing: Row | undefined, index: number): Row {
  const lockIndex = lockIndexOf(existing) + (isHeldBy(existing, session) ? 0 : 1);
  return writeRow(existing, { key, value: Buffer.from(value), lockIndex, session }, index);
}

const lockIndexOf = (row: Row | undefined): number => row?.lockIndex ?? 0;
