import { lastSegment, operationFolder, operationKey, operationLocksRoot, operationsRoot } from "../../store/keys.ts";
import { MOST_OPERATIONS, type Operation, type Store } from "../../store/port.ts";
import { groupNames } from "./operation-names.ts";

/** How many records of operations that have ended are kept. */
const KEPT = 20;

/** Housekeeping after an operation: its steps go, and the oldest records. What it can't do now, the next one does. */
export async function clearAway(store: Store, id: string): Promise<void> {
  const names = await store.keys(operationsRoot);
  if (!names.ok) return;
  await removeAll(store, names.value.filter((key) => key.startsWith(operationFolder(id))));
  await removeForgottenLocks(store, names.value);
  const ended = [...groupNames(names.value)].filter(([name, { hasParts, hasRecord }]) => hasRecord && (!hasParts || name === id)).map(([name]) => name);
  if (ended.length <= KEPT) return;
  const records = await Promise.all(ended.map((name) => store.get(operationKey(name))));
  const entries = records.flatMap((entry) => (entry.ok && entry.value !== undefined ? [entry.value] : []));
  const oldest = entries.sort((a, b) => b.createIndex - a.createIndex).slice(KEPT);
  await store.transact(oldest.slice(0, MOST_OPERATIONS).map(({ key, modifyIndex }): Operation => ({ kind: "remove", key, modifyIndex })));
}

/** Of programs that died with the lock in their hands, before they had written anything or after the end. */
async function removeForgottenLocks(store: Store, names: readonly string[]): Promise<void> {
  const locks = await store.keys(operationLocksRoot);
  if (!locks.ok) return;
  const known = groupNames(names);
  for (const key of locks.value.filter((one) => known.get(lastSegment(one))?.hasParts !== true)) {
    const entry = await store.get(key);
    if (entry.ok && entry.value !== undefined && entry.value.session === undefined) await store.transact([{ kind: "remove", key, modifyIndex: entry.value.modifyIndex }]);
  }
}

async function removeAll(store: Store, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += MOST_OPERATIONS) {
    const removed = await store.transact(keys.slice(from, from + MOST_OPERATIONS).map((key): Operation => ({ kind: "delete", key })));
    if (!removed.ok) return;
  }
}
