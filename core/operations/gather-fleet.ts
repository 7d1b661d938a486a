import { determineAccepted } from "../decide/accepted.ts";
import { type DesiredReading, readDesiredEntries } from "../decide/desired-keys.ts";
import { digestOf } from "../decide/digest.ts";
import { type EffectiveState, determineEffective, normalisedState, versionsToLookUp } from "../decide/effective.ts";
import type { DesiredKey, DesiredState } from "../model/desired.ts";
import type { SeenInstance, Stored } from "../model/facts.ts";
import type { Outcome } from "../model/fault.ts";
import type { BadRecord } from "../model/parse-record.ts";
import type { Head } from "../model/records.ts";
import { ok } from "../model/result.ts";
import { desiredRoot, historyKey, instancesRoot, releaseKey, serviceIn, verdictKey } from "../store/keys.ts";
import type { Entry, Store } from "../store/port.ts";
import { judgeRoutes } from "./judge-routes.ts";
import { listBelieved } from "./list-believed.ts";
import { readHistory, readInstances, readReleases, readVerdicts } from "./read-records.ts";

/** What `status` shows of the whole fleet. */
export interface FleetFacts {
  /** Services that are known, by name. */
  readonly services: readonly FleetService[];
  readonly unreadable: readonly BadRecord[];
  /** Keys below `desired/` and `instances/` that belong to no known service or mean nothing. */
  readonly strangers: readonly string[];
  /** Consul's clock, milliseconds since the epoch. */
  readonly date: number | undefined;
}

export interface FleetService {
  readonly service: string;
  readonly head: Stored<Head>;
  readonly desired: readonly DesiredKey[];
  readonly accepted: DesiredState;
  /** What of the keys can be obeyed; flips that nobody adopted yet are in `effective.flipped`. */
  readonly effective: EffectiveState;
  readonly instances: readonly SeenInstance[];
}

/**
 * Reads the fleet in two requests. Only services whose keys aren't what their head accepted cost a few more each: their
 * last history entry, and the releases and verdicts of what was flipped.
 */
export async function gatherFleet(store: Store, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Outcome<FleetFacts>> {
  const [desired, instances] = await Promise.all([gatherServices(store, options), listBelieved(store, instancesRoot, options)]);
  if (!desired.ok) return desired;
  if (!instances.ok) return instances;
  const { date, services, strangers, unreadable } = desired.value;
  const seen = readInstances(instances.value.entries);
  const instancesOf = groupBy(seen.good, ({ record }) => record.service);
  const known = new Set(services.map(({ service }) => service));
  const unknown = [...instancesOf.keys()].filter((service) => !known.has(service)).map((service) => `${instancesRoot}${service}/`);
  return ok({
    services: services.map((service) => ({ ...service, instances: instancesOf.get(service.service) ?? [] })),
    unreadable: [...seen.bad, ...unreadable],
    strangers: [...strangers, ...unknown],
    date,
  });
}

interface DesiredFacts extends Omit<FleetFacts, "services"> {
  readonly services: readonly Omit<FleetService, "instances">[];
}

/** What every service should be, without what its instances are. */
export async function gatherServices(store: Store, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Outcome<DesiredFacts>> {
  const desired = await listBelieved(store, desiredRoot, { signal });
  if (!desired.ok) return desired;
  const byService = groupBy(desired.value.entries, ({ key }) => serviceIn(key, desiredRoot));
  const services: Omit<FleetService, "instances">[] = [];
  const unreadable: BadRecord[] = [];
  const strangers: string[] = [];
  for (const [service, entries] of byService) {
    const reading = readDesiredEntries(service, entries);
    strangers.push(...reading.strangers);
    if (reading.head === undefined) strangers.push(...entries.map(({ key }) => key).filter((key) => !reading.strangers.includes(key)));
    else if (!reading.head.ok) unreadable.push(reading.head.fault);
    else {
      const judged = await judge(store, service, reading.head.value, reading, signal);
      if (!judged.ok) return judged;
      services.push({ service, head: reading.head.value, desired: reading.keys, ...judged.value });
    }
  }
  return ok({ services, unreadable, strangers, date: desired.value.date });
}

type Judged = Pick<FleetService, "accepted" | "effective">;

async function judge(store: Store, service: string, head: Stored<Head>, { keys }: DesiredReading, signal: AbortSignal | undefined): Promise<Outcome<Judged>> {
  const normal = normalisedState(keys);
  if (normal !== undefined && digestOf(normal) === head.value.digest) {
    return ok({ accepted: normal, effective: { state: normal, refused: [], flipped: [], overrides: [] } });
  }
  const last = await readAll(store, head.value.revision === 0 ? [] : [historyKey(service, head.value.revision)], signal);
  if (!last.ok) return last;
  const accepted = determineAccepted(service, head.value, readHistory(last.value).good, keys).state;
  const versions = versionsToLookUp(accepted, keys);
  const looked = await readAll(store, versions.flatMap((version) => [releaseKey(service, version), verdictKey(service, version)]), signal);
  if (!looked.ok) return looked;
  const folder = (root: string): readonly Entry[] => looked.value.filter(({ key }) => key.startsWith(root));
  const registered = new Set(readReleases(folder("releases/")).good.map(([version]) => version));
  const verdicts = new Map(readVerdicts(folder("verdicts/")).good);
  const effective = determineEffective({
    service,
    prefix: store.prefix,
    accepted,
    desired: await judgeRoutes(keys, accepted),
    isRegistered: (version) => registered.has(version),
    isCondemned: (version) => verdicts.get(version)?.value.verdict === "condemned",
  });
  return ok({ accepted, effective });
}

async function readAll(store: Store, keys: readonly string[], signal: AbortSignal | undefined): Promise<Outcome<readonly Entry[]>> {
  const entries: Entry[] = [];
  for (const entry of await Promise.all(keys.map((key) => store.get(key, { signal })))) {
    if (!entry.ok) return entry;
    if (entry.value !== undefined) entries.push(entry.value);
  }
  return ok(entries);
}

export function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group === undefined) groups.set(nameOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
