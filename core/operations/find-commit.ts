import { entryText } from "../store/entry-text.ts";
import { headKey, historyKey } from "../store/keys.ts";
import type { ReadOptions, Store } from "../store/port.ts";
import type { Composed } from "./compose-transaction.ts";
import { readRevision } from "./read-records.ts";

export type FoundCommit =
  | { readonly kind: "committed"; readonly modifyIndex: number }
  /** Another plan has that revision: ours was not committed and can't be any more. */
  | { readonly kind: "superseded" }
  /** It isn't there (yet). */
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable" };

/** Read by the leader's word, and without the caller's signal: an operator who interrupts still wants to know. */
const FINALLY: ReadOptions = { consistency: "consistent", timeoutMs: 2_000 };

/**
 * Whether a transaction whose answer never came was committed. One that made history is known by its plan's id in the
 * entry it created; one that didn't, by the very head it wrote.
 */
export async function findCommit(store: Store, composed: Composed): Promise<FoundCommit> {
  const [first] = composed.services;
  if (first === undefined) return { kind: "absent" };
  const made = composed.operations.some(({ key }) => key === historyKey(first.service, first.revision));
  return made ? findInHistory(store, composed.id, historyKey(first.service, first.revision)) : findHead(store, composed, headKey(first.service));
}

async function findInHistory(store: Store, id: string, key: string): Promise<FoundCommit> {
  const found = await store.get(key, FINALLY);
  if (!found.ok) return { kind: "unreadable" };
  if (found.value === undefined) return { kind: "absent" };
  const entry = readRevision(found.value);
  return entry.ok && entry.value.plan === id ? { kind: "committed", modifyIndex: found.value.createIndex } : { kind: "superseded" };
}

async function findHead(store: Store, composed: Composed, key: string): Promise<FoundCommit> {
  const found = await store.get(key, FINALLY);
  if (!found.ok) return { kind: "unreadable" };
  const written = composed.operations.find((operation) => operation.key === key);
  const text = entryText(found.value);
  const ours = written !== undefined && "value" in written && written.value === text;
  return ours && found.value !== undefined ? { kind: "committed", modifyIndex: found.value.modifyIndex } : { kind: "absent" };
}
