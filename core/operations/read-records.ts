/** From the store's entries to the model's records. What can't be read is set aside by name, never guessed at. */
import type { SeenInstance, SeenRouter, Stored } from "../model/facts.ts";
import { type BadRecord, parseRecord } from "../model/parse-record.ts";
import { type InstanceRecord, type Release, type RememberedRecord, type Revision, type Verdict, instanceSchema, releaseSchema, rememberedSchema, revisionSchema, verdictSchema } from "../model/records.ts";
import { routerSchema } from "../model/router-records.ts";
import { type Result, err, ok } from "../model/result.ts";
import { lastSegment } from "../store/keys.ts";
import type { Entry } from "../store/port.ts";

export interface Records<T> {
  readonly good: readonly T[];
  readonly bad: readonly BadRecord[];
}

export function readReleases(entries: readonly Entry[]): Records<readonly [string, Stored<Release>]> {
  return readEach(entries, (entry) => named(entry, parseRecord(releaseSchema, entry.key, entry.value), (release) => release.version));
}

export function readVerdicts(entries: readonly Entry[]): Records<readonly [string, Stored<Verdict>]> {
  return readEach(entries, (entry) => named(entry, parseRecord(verdictSchema, entry.key, entry.value), () => lastSegment(entry.key)));
}

/** Newest first. */
export function readHistory(entries: readonly Entry[]): Records<Revision> {
  const { good, bad } = readEach(entries, readRevision);
  return { good: [...good].sort((a, b) => b.revision - a.revision), bad };
}

export function readRevision(entry: Entry): Result<Revision, BadRecord> {
  const parsed = parseRecord(revisionSchema, entry.key, entry.value);
  if (!parsed.ok || parsed.value.revision === Number(lastSegment(entry.key))) return parsed;
  return err({ key: entry.key, problems: [`it says revision ${parsed.value.revision}`] });
}

export function readInstances(entries: readonly Entry[]): Records<SeenInstance> {
  return readEach(entries, (entry) => {
    const parsed = readInstance(entry);
    return parsed.ok ? ok({ record: parsed.value, live: entry.session !== undefined }) : parsed;
  });
}

export function readRouters(entries: readonly Entry[]): Records<SeenRouter> {
  return readEach(entries, (entry) => {
    const parsed = parseRecord(routerSchema, entry.key, entry.value);
    if (!parsed.ok) return parsed;
    if (parsed.value.router !== lastSegment(entry.key)) return err({ key: entry.key, problems: [`it says router ${parsed.value.router}`] });
    return ok({ record: parsed.value, live: entry.session !== undefined });
  });
}

export function readRemembered(entries: readonly Entry[]): Records<RememberedRecord> {
  return readEach(entries, (entry) => parseRecord(rememberedSchema, entry.key, entry.value));
}

function readInstance(entry: Entry): Result<InstanceRecord, BadRecord> {
  const parsed = parseRecord(instanceSchema, entry.key, entry.value);
  if (!parsed.ok || parsed.value.instance === lastSegment(entry.key)) return parsed;
  return err({ key: entry.key, problems: [`it says instance ${parsed.value.instance}`] });
}

function named<T>(entry: Entry, parsed: Result<T, BadRecord>, nameOf: (value: T) => string): Result<readonly [string, Stored<T>], BadRecord> {
  if (!parsed.ok) return parsed;
  const name = lastSegment(entry.key);
  if (nameOf(parsed.value) !== name) return err({ key: entry.key, problems: [`it says ${nameOf(parsed.value)}`] });
  return ok([name, { value: parsed.value, createIndex: entry.createIndex, modifyIndex: entry.modifyIndex }]);
}

function readEach<T>(entries: readonly Entry[], read: (entry: Entry) => Result<T, BadRecord>): Records<T> {
  const good: T[] = [];
  const bad: BadRecord[] = [];
  for (const entry of entries) {
    const result = read(entry);
    if (result.ok) good.push(result.value);
    else bad.push(result.fault);
  }
  return { good, bad };
}
