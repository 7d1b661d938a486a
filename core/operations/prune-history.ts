import { type PinnedRevision, determineNeeded } from "../decide/needed-history.ts";
import type { Outcome } from "../model/fault.ts";
import { ok } from "../model/result.ts";
import { historyFolder, historyKey, verdictsFolder } from "../store/keys.ts";
import { MOST_OPERATIONS, type Operation, type Store } from "../store/port.ts";
import { pagesOf, readPage } from "./history-pages.ts";
import { listBelieved } from "./list-believed.ts";
import { readHistory, readVerdicts } from "./read-records.ts";

/**
 * Removes revisions beyond the newest `keep`, never one that a rollback may still need. Best effort: faults leave history
 * longer than it has to be. Entries that can't be read are left for a person to see.
 */
export async function pruneHistory(store: Store, service: string, keep: number, signal?: AbortSignal): Promise<void> {
  const names = await store.keys(historyFolder(service), { signal });
  if (!names.ok || names.value.length <= keep) return;
  const [read, verdicts] = await Promise.all([readPins(store, names.value, signal), listBelieved(store, verdictsFolder(service), { signal })]);
  if (!read.ok || !verdicts.ok) return;
  const history = read.value;
  const good = new Set(readVerdicts(verdicts.value.entries).good.flatMap(([version, { value }]) => (value.verdict === "good" ? [version] : [])));
  const needed = determineNeeded(history, keep, good);
  const removals = history
    .filter(({ revision }) => !needed.has(revision))
    .map(({ revision }): Operation => ({ kind: "delete", key: historyKey(service, revision) }));
  for (let from = 0; from < removals.length; from += MOST_OPERATIONS) {
    const removed = await store.transact(removals.slice(from, from + MOST_OPERATIONS), { signal });
    if (!removed.ok) return;
  }
}

/** Newest first, a hundred at a time: with their configs they can be more than an agent reads of one answer. */
async function readPins(store: Store, names: readonly string[], signal: AbortSignal | undefined): Promise<Outcome<readonly PinnedRevision[]>> {
  const history: PinnedRevision[] = [];
  for (const page of pagesOf(names)) {
    const read = await readPage(store, page, { signal });
    if (!read.ok) return read;
    // Nothing is removed on half the facts.
    if (read.value === undefined) return ok([]);
    history.push(...readHistory(read.value).good.map(({ after: { pins }, revision }) => ({ revision, after: { pins } })));
  }
  return ok(history);
}
