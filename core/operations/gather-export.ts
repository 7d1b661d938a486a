import { readDesiredEntries } from "../decide/desired-keys.ts";
import type { ExportedService } from "../decide/export/draft-commits.ts";
import type { KeptRevision } from "../decide/export/order-plans.ts";
import type { DesiredState } from "../model/desired.ts";
import type { Outcome } from "../model/fault.ts";
import { parseServiceName, parseVersion } from "../model/names.ts";
import type { BadRecord } from "../model/parse-record.ts";
import type { Head, Revision } from "../model/records.ts";
import { ok } from "../model/result.ts";
import { desiredRoot, historyRoot, lastSegment, releasesRoot, serviceIn, verdictsRoot } from "../store/keys.ts";
import type { Entry, Store } from "../store/port.ts";
import { groupBy } from "./gather-fleet.ts";
import { pagesOf, readPage } from "./history-pages.ts";
import { listBelieved } from "./list-believed.ts";
import { readReleases, readRevision, readVerdicts } from "./read-records.ts";

export interface GatheredExport {
  readonly services: ReadonlyMap<string, ExportedService>;
  /** Of each service, oldest first, as far as they are kept. */
  readonly histories: ReadonlyMap<string, readonly KeptRevision[]>;
  readonly unreadable: readonly BadRecord[];
}

/**
 * Every service, and its history from the revision that `from` names on. Heads are read first, in one answer, so that a
 * plan over several services is whole in what is read, or left for the next time.
 */
export async function gatherExport(store: Store, from: (service: string, head: Head) => number, signal: AbortSignal): Promise<Outcome<GatheredExport>> {
  const desired = await listBelieved(store, desiredRoot, { signal });
  if (!desired.ok) return desired;
  const [names, releases, verdicts] = await Promise.all([historyNames(store, signal), listBelieved(store, releasesRoot, { signal }), listBelieved(store, verdictsRoot, { signal })]);
  if (!names.ok) return names;
  if (!releases.ok) return releases;
  if (!verdicts.ok) return verdicts;
  const { heads, unreadable } = readHeads(desired.value.entries);
  const histories = new Map<string, readonly KeptRevision[]>();
  for (const [service, keys] of groupBy(names.value, (key) => serviceIn(key, historyRoot))) {
    const head = heads.get(service);
    const first = head === undefined ? Infinity : from(service, head);
    const wanted = keys.filter((key) => Number(lastSegment(key)) >= first && Number(lastSegment(key)) <= (head?.revision ?? 0));
    const read = await readRevisions(store, service, wanted, signal);
    if (!read.ok) return read;
    histories.set(service, read.value.good);
    unreadable.push(...read.value.bad);
  }
  const [releasesOf, verdictsOf] = [groupBy(releases.value.entries, ({ key }) => serviceIn(key, releasesRoot)), groupBy(verdicts.value.entries, ({ key }) => serviceIn(key, verdictsRoot))];
  const services = new Map<string, ExportedService>();
  for (const [service, head] of heads) {
    const [own, judged] = [readReleases(releasesOf.get(service) ?? []), readVerdicts(verdictsOf.get(service) ?? [])];
    services.set(service, { head, releases: new Map(own.good), verdicts: new Map(judged.good.flatMap(([version, { value }]) => (parseVersion(version).ok ? [[version, value]] : []))) });
    unreadable.push(...own.bad, ...judged.bad);
  }
  return ok({ services, histories, unreadable });
}

/** Names without a right to read them come as none. */
async function historyNames(store: Store, signal: AbortSignal): Promise<Outcome<readonly string[]>> {
  const names = await store.keys(historyRoot, { signal });
  if (!names.ok || names.value.length > 0) return names;
  const listed = await listBelieved(store, historyRoot, { signal });
  return listed.ok ? ok(listed.value.entries.map(({ key }) => key)) : listed;
}

function readHeads(entries: readonly Entry[]): { readonly heads: ReadonlyMap<string, Head>; readonly unreadable: BadRecord[] } {
  const heads = new Map<string, Head>();
  const unreadable: BadRecord[] = [];
  for (const [service, own] of groupBy(entries, ({ key }) => serviceIn(key, desiredRoot))) {
    // A folder that a hand made may be called anything, and names become paths.
    if (!parseServiceName(service).ok) continue;
    const { head } = readDesiredEntries(service, own);
    if (head?.ok === true) heads.set(service, head.value.value);
    if (head?.ok === false) unreadable.push(head.fault);
  }
  return { heads, unreadable };
}

interface ReadRevisions {
  readonly good: readonly KeptRevision[];
  readonly bad: readonly BadRecord[];
}

const AT_ONCE = 4;

async function readRevisions(store: Store, service: string, keys: readonly string[], signal: AbortSignal): Promise<Outcome<ReadRevisions>> {
  const wanted = new Set(keys);
  const share = createSharing();
  const good: KeptRevision[] = [];
  const bad: BadRecord[] = [];
  const pages = pagesOf(keys);
  for (let first = 0; first < pages.length; first += AT_ONCE) {
    for (const page of await Promise.all(pages.slice(first, first + AT_ONCE).map((name) => readPage(store, name, { signal })))) {
      if (!page.ok) return page;
      for (const entry of page.value ?? []) {
        if (!wanted.has(entry.key)) continue;
        const read = readRevision(entry);
        if (read.ok) good.push({ service, entry: share(read.value), createIndex: entry.createIndex });
        else bad.push(read.fault);
      }
    }
  }
  return ok({ good: good.sort((a, b) => a.entry.revision - b.entry.revision), bad });
}

/** A config stands twice in each of a service's revisions, and mostly it is the same: one copy of each is kept in memory. */
function createSharing(): (entry: Revision) => Revision {
  const texts = new Map<string, string>();
  const shared = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  };
  const sharedState = (state: DesiredState): Revision["before"] => {
    const { config, pace, pins, routes } = state;
    return { pins, ...(config === undefined ? {} : { config: shared(config) }), ...(routes === undefined ? {} : { routes: shared(routes) }), ...(pace === undefined ? {} : { pace }) };
  };
  return (entry) => ({ ...entry, before: sharedState(entry.before), after: sharedState(entry.after) });
}
