/** What is read and shown of operations, changing nothing. */
import type { Result } from "../../core/model/result.ts";
import { err, ok } from "../../core/model/result.ts";
import { listOperations } from "../../core/operations/journal/read-operations.ts";
import type { Store } from "../../core/store/port.ts";
import { type Ending, type Failure, failed, failureOfStore, result, usage } from "../ending.ts";
import { didYouMean } from "../nearest.ts";
import { operationPrintable, operationsPrintable } from "../output/operation.ts";
import type { Session } from "../session.ts";
import { type OperationStanding, determineStanding } from "./standing.ts";

export async function listAll(session: Session): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const seen = await listOperations(store.value, { signal: session.signal, all: true });
  return seen.ok ? result(operationsPrintable(seen.value.map(determineStanding))) : failed(failureOfStore(seen.fault));
}

export async function show(session: Session, id: string): Promise<Ending> {
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const found = await findOperation(session, store.value, id);
  return found.ok ? result(operationPrintable(found.value)) : failed(found.fault);
}

/** One that is there, whatever has become of it. */
export async function findOperation({ signal }: Session, store: Store, id: string): Promise<Result<OperationStanding, Failure>> {
  const seen = await listOperations(store, { signal, all: true, consistency: "consistent" });
  if (!seen.ok) return err(failureOfStore(seen.fault));
  const found = seen.value.find((one) => one.id === id);
  if (found !== undefined) return ok(determineStanding(found));
  const names = seen.value.map((one) => one.id);
  return err(usage(`there is no operation ${JSON.stringify(id)}.${names.length === 0 ? " Nothing is under way, and nothing was left behind." : didYouMean(id, names)} \`rollpin operation list\` shows what there is, \`rollpin history\` what was done`));
}
