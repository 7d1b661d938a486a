import { type DesiredReading, readDesiredEntries } from "../decide/desired-keys.ts";
import { determineAccepted } from "../decide/accepted.ts";
import type { ServiceFacts } from "../model/facts.ts";
import type { Outcome } from "../model/fault.ts";
import type { Revision } from "../model/records.ts";
import { ok } from "../model/result.ts";
import { desiredFolder, historyFolder, historyKey, instancesFolder, releasesFolder, verdictsFolder } from "../store/keys.ts";
import type { Entry, Store } from "../store/port.ts";
import { judgeRoutes } from "./judge-routes.ts";
import { listBelieved } from "./list-believed.ts";
import { type Records, readHistory, readInstances, readReleases, readVerdicts } from "./read-records.ts";

export interface GatherOptions {
  readonly signal?: AbortSignal | undefined;
  /** How many of the newest revisions to read; all that are kept where absent. */
  readonly history?: number | "all" | undefined;
}

/**
 * Reads all that decisions about one service rest on. The head is read before anything else: verdicts and history can
 * then only be newer than it, and a plan made from them fails its CAS on the head. In any other order a condemnation
 * could slip in between unseen.
 */
export async function gatherFacts(store: Store, service: string, options: GatherOptions = {}): Promise<Outcome<ServiceFacts>> {
  const { signal } = options;
  const desired = await listBelieved(store, desiredFolder(service), { signal });
  if (!desired.ok) return desired;
  const reading = readDesiredEntries(service, desired.value.entries);
  const revision = reading.head?.ok === true ? reading.head.value.value.revision : 0;
  const [releases, verdicts, instances, history] = await Promise.all([
    listBelieved(store, releasesFolder(service), { signal }),
    listBelieved(store, verdictsFolder(service), { signal }),
    listBelieved(store, instancesFolder(service), { signal }),
    gatherHistory(store, service, revision, options),
  ]);
  if (!releases.ok) return releases;
  if (!verdicts.ok) return verdicts;
  if (!instances.ok) return instances;
  if (!history.ok) return history;
  return ok(
    await composeFacts(service, reading, {
      releases: readReleases(releases.value.entries),
      verdicts: readVerdicts(verdicts.value.entries),
      instances: readInstances(instances.value.entries),
      history: history.value,
    }),
  );
}

/** What `history` shows, without releases, verdicts and instances, of which there may be thousands. Undefined where nothing at all stands in Consul for the service. */
export async function gatherRevisions(store: Store, service: string, { history, signal }: GatherOptions): Promise<Outcome<Records<Revision> | undefined>> {
  const desired = await listBelieved(store, desiredFolder(service), { signal });
  if (!desired.ok) return desired;
  if (desired.value.entries.length === 0) return ok(undefined);
  const { head } = readDesiredEntries(service, desired.value.entries);
  const revision = head?.ok === true ? head.value.value.revision : 0;
  const read = await gatherHistory(store, service, revision, { history, signal });
  return read.ok ? ok({ good: read.value.good.filter((entry) => entry.revision <= revision), bad: read.value.bad }) : read;
}

interface Folders {
  readonly releases: ReturnType<typeof readReleases>;
  readonly verdicts: ReturnType<typeof readVerdicts>;
  readonly instances: ReturnType<typeof readInstances>;
  readonly history: Records<Revision>;
}

async function composeFacts(service: string, { head, keys }: DesiredReading, { releases, verdicts, instances, history }: Folders): Promise<ServiceFacts> {
  const stored = head?.ok === true ? head.value : undefined;
  // Revisions that were made after the head was read are left for the next look.
  const known = history.good.filter((entry) => entry.revision <= (stored?.value.revision ?? 0));
  const accepted = determineAccepted(service, stored?.value, known, keys);
  return {
    service,
    head: stored,
    desired: await judgeRoutes(keys, accepted.state),
    accepted: accepted.state,
    releases: new Map(releases.good),
    verdicts: new Map(verdicts.good),
    history: known,
    instances: instances.good,
    unreadable: [...(head?.ok === false ? [head.fault] : []), ...accepted.problems, ...releases.bad, ...verdicts.bad, ...instances.bad, ...history.bad],
  };
}

/** Few revisions are read one by one, so that a `pin` doesn't carry hundreds of old configs over the wire. */
const FEW = 4;

async function gatherHistory(store: Store, service: string, head: number, { history = "all", signal }: GatherOptions): Promise<Outcome<Records<Revision>>> {
  if (history === "all" || history > FEW) {
    const reading = await listBelieved(store, historyFolder(service), { signal });
    return reading.ok ? ok(readHistory(reading.value.entries)) : reading;
  }
  const revisions = Array.from({ length: Math.min(Math.max(history, 1), head) }, (_, back) => head - back);
  const entries: Entry[] = [];
  for (const entry of await Promise.all(revisions.map((revision) => store.get(historyKey(service, revision), { signal })))) {
    if (!entry.ok) return entry;
    if (entry.value !== undefined) entries.push(entry.value);
  }
  return ok(readHistory(entries));
}
