/** Marks in heads: while one stands there, no other plan of the service passes. */
import { canonical } from "../../decide/digest.ts";
import { afterMarks, markedServices } from "../../decide/operation/advance.ts";
import { readDesiredEntries } from "../../decide/desired-keys.ts";
import type { Stored } from "../../model/facts.ts";
import type { OperationRecord } from "../../model/operation.ts";
import type { ServicePlan } from "../../model/plan.ts";
import type { Head, Mark } from "../../model/records.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { headKey, operationLeaveKey } from "../../store/keys.ts";
import { MOST_OPERATIONS, MOST_TRANSACTION_BYTES, type Operation, type Store } from "../../store/port.ts";
import type { ApplyFault } from "../apply-fault.ts";
import { describeConflict } from "../describe-conflict.ts";
import { bytesOf } from "../transaction-size.ts";
import { type Journal, OWN_OPERATIONS } from "./journal.ts";

export function markOf({ at, back, by, id, kind }: OperationRecord): Mark {
  return { id, kind, by, at, ...(back === true ? { back } : {}) };
}

function withoutMark(head: Head): Head {
  const { operation: _, ...rest } = head;
  return rest;
}

/** Whether a head is as it was read when the plan was made, but for the mark. */
export function isMarkedAsRead(head: Head, { head: read }: ServicePlan, id: string): boolean {
  return head.operation?.id === id && read !== undefined && canonical(withoutMark(head)) === canonical(withoutMark(read.value));
}

/** The heads of these services; one that is gone or can't be read is left out. */
export async function readHeads(store: Store, services: readonly string[]): Promise<Result<ReadonlyMap<string, Stored<Head>>, ApplyFault>> {
  const heads = new Map<string, Stored<Head>>();
  const read = await Promise.all(services.map((service) => store.get(headKey(service), { consistency: "consistent" })));
  for (const [place, entry] of read.entries()) {
    if (!entry.ok) return err({ kind: "store", fault: entry.fault });
    const service = services[place] ?? "";
    const head = entry.value === undefined ? undefined : readDesiredEntries(service, [entry.value]).head;
    if (head?.ok === true) heads.set(service, head.value);
  }
  return ok(heads);
}

/** What heads are marked for. */
export interface Marked {
  readonly plans: ReadonlyMap<string, ServicePlan>;
  /** By service: versions that take no traffic while the mark stands, but for the one that comes with the pins. */
  readonly off: ReadonlyMap<string, readonly string[]>;
}

/**
 * Marks the next heads, as many as fit. Each is compare-and-set against what the plan was made from. A mark that another
 * operation left there goes, and that operation ends: only a rollback's plan came so far.
 */
export async function markNext(journal: Journal, { off, plans }: Marked): Promise<Result<void, ApplyFault>> {
  const record = journal.record();
  const rest = markedServices(record).slice(record.marked).flatMap((service) => plans.get(service) ?? []);
  const operationsOf = (one: ServicePlan): readonly Operation[] => {
    if (one.head === undefined) throw new Error(`a plan that makes the head of ${one.service} was journaled`);
    const { modifyIndex, value } = one.head;
    const former = value.operation === undefined ? [] : [{ kind: "delete" as const, key: operationLeaveKey(value.operation.id) }];
    const versions = off.get(one.service);
    const operation: Mark = { ...markOf(record), ...(versions === undefined ? {} : { off: [...versions] }) };
    return [{ kind: "replace", key: headKey(one.service), value: JSON.stringify({ ...value, operation }), modifyIndex }, ...former];
  };
  const { fitting, operations } = takeFitting(rest, operationsOf, record);
  return journal.commit(operations, afterMarks(record, fitting.length), (failures) => describeConflict(journal.store, { services: fitting }, failures));
}

const TRIES = 5;

/** Takes away the next marks, where they still are its own. */
export async function releaseNext(journal: Journal): Promise<Result<void, ApplyFault>> {
  for (let attempt = 1; ; attempt += 1) {
    const record = journal.record();
    const batch = markedServices(record).slice(record.marked, record.marked + MOST_OPERATIONS - OWN_OPERATIONS);
    const heads = await readHeads(journal.store, batch);
    if (!heads.ok) return heads;
    const { fitting, operations } = takeFitting(batch, (service) => releaseOperations(service, heads.value.get(service), record.id), record);
    let isMoved = false;
    const done = await journal.commit(operations, afterMarks(record, fitting.length), (failures) => {
      isMoved = true;
      return Promise.resolve(`${failures.map(({ key }) => key).join(", ")} was changed meanwhile`);
    });
    if (done.ok || !isMoved || attempt >= TRIES) return done;
  }
}

/** Nothing where the mark is another's, or gone. */
export function releaseOperations(service: string, head: Stored<Head> | undefined, id: string): readonly Operation[] {
  if (head?.value.operation?.id !== id) return [];
  return [{ kind: "replace", key: headKey(service), value: JSON.stringify(withoutMark(head.value)), modifyIndex: head.modifyIndex }];
}

interface Fitting<T> {
  readonly fitting: readonly T[];
  readonly operations: readonly Operation[];
}

/** As many as fit into one transaction beside what an operation writes of its own, its record above all; at least one. */
function takeFitting<T>(items: readonly T[], operationsOf: (item: T) => readonly Operation[], record: OperationRecord): Fitting<T> {
  const fitting: T[] = [];
  const operations: Operation[] = [];
  let bytes = bytesOf({ kind: "create", key: "", value: JSON.stringify(record) });
  for (const item of items) {
    const more = operationsOf(item);
    bytes += more.reduce((sum, operation) => sum + bytesOf(operation), 0);
    if (fitting.length > 0 && (OWN_OPERATIONS + operations.length + more.length > MOST_OPERATIONS || bytes > MOST_TRANSACTION_BYTES)) break;
    fitting.push(item);
    operations.push(...more);
  }
  return { fitting, operations };
}
