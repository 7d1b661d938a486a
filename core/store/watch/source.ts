/** What the watch loop needs to know of the thing it watches. */
import type { Outcome } from "../../model/fault.ts";
import { ok } from "../../model/result.ts";
import type { BlockOptions, CallOptions, Endpoint, EndpointReading, Entry, InstancesReading, Reading, Store } from "../port.ts";

export interface Source<T> {
  block(afterIndex: number, options: BlockOptions): Promise<Outcome<T>>;
  /** From a leader that proves it leads. */
  readAgain(options: CallOptions): Promise<Outcome<T>>;
  isEmpty(reading: T): boolean;
  /** A name that was there before and isn't now. */
  missing(before: T | undefined, now: T): string | undefined;
  /** Asked about where nothing is known yet. */
  readonly anyName: string;
  /** A list leaves out what the token may not read; a plain read says so. */
  confirmGone(name: string, options: CallOptions): Promise<Outcome<unknown>>;
  isSame(before: T, now: T): boolean;
}

export function folderSource(store: Store, folder: string): Source<Reading> {
  return {
    block: (afterIndex, options) => store.block(folder, afterIndex, options),
    readAgain: (options) => store.list(folder, { ...options, consistency: "consistent" }),
    isEmpty: (reading) => reading.entries.length === 0,
    missing: (before, now) => (before === undefined || hasSameKeys(before, now) ? undefined : firstMissing(before.entries.map(keyOf), now.entries.map(keyOf))),
    // Consul asks its ACLs before it looks a key up, so that any key below will do.
    anyName: `${folder}head`,
    confirmGone: (key, options) => store.get(key, options),
    isSame: (before, now) => before.entries.length === now.entries.length && before.entries.every((entry, at) => isSameEntry(entry, now.entries[at])),
  };
}

export function endpointSource({ catalog }: Store, service: string): Source<EndpointReading> {
  return {
    block: (afterIndex, options) => catalog.blockHealthy(service, afterIndex, options),
    readAgain: (options) => catalog.healthy(service, { ...options, consistency: "consistent" }),
    ...asEndpoints(service),
  };
}

export function instancesSource({ catalog }: Store, service: string): Source<InstancesReading> {
  return {
    block: (afterIndex, options) => catalog.blockInstances(service, afterIndex, options),
    readAgain: (options) => catalog.instances(service, { ...options, consistency: "consistent" }),
    ...asEndpoints(service),
  };
}

function asEndpoints(service: string): Omit<Source<EndpointReading>, "block" | "readAgain"> {
  return {
    isEmpty: (reading) => reading.endpoints.length === 0,
    missing: (before, now) => firstMissing(before?.endpoints.map(idOf) ?? [], now.endpoints.map(idOf)),
    anyName: service,
    confirmGone: () => Promise.resolve(ok(undefined)),
    isSame: (before, now) => fingerprint(before) === fingerprint(now),
  };
}

const keyOf = (entry: Entry): string => entry.key;
const idOf = (endpoint: Endpoint): string => `${endpoint.node}/${endpoint.id}`;

/** The usual case, without a list of names. */
function hasSameKeys(before: Reading, now: Reading): boolean {
  return before.entries.length === now.entries.length && before.entries.every((entry, at) => entry.key === now.entries[at]?.key);
}

function firstMissing(before: readonly string[], now: readonly string[]): string | undefined {
  const present = new Set(now);
  return before.find((name) => !present.has(name));
}

/** The index too, so that A → B → A is told apart from silence; the value too, since a restored Consul counts anew. */
function isSameEntry(before: Entry, now: Entry | undefined): boolean {
  return now !== undefined && before.key === now.key && before.modifyIndex === now.modifyIndex && before.session === now.session && Buffer.compare(before.value, now.value) === 0;
}

function fingerprint({ endpoints }: EndpointReading): string {
  return JSON.stringify(endpoints.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1)));
}
