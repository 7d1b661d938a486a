import { determineNeeded } from "../decide/needed-history.ts";
import { historyFolder, historyKey, verdictsFolder } from "../store/keys.ts";
import { MOST_OPERATIONS, type Operation, type Store } from "../store/port.ts";
import { listBelieved } from "./list-believed.ts";
import { readHistory, readVerdicts } from "./read-records.ts";

/**
 * Removes revisions beyond the newest `keep`, never one that a rollback may still need. Best effort: faults leave history
 * longer than it has to be. Entries that can't be read are left for a person to see.
 */
export async function pruneHistory(store: Store, service: string, keep: number, signal?: AbortSignal): Promise<void> {
  const names = await store.keys(historyFolder(service), { signal });
  if (!names.ok || names.value.length <= keep) return;
  const [entries, verdicts] = await Promise.all([store.list(historyFolder(service), { signal }), listBelieved(store, verdictsFolder(service), { signal })]);
  if (!entries.ok || !verdicts.ok) return;
  const history = readHistory(entries.value.entries).good;
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
