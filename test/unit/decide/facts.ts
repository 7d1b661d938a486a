/** Facts of a made-up service, for tables. Indexes are made of what is given, so that equal facts have equal indexes. */
import { digestOf, sha256 } from "../../../core/decide/digest.ts";
import { type DesiredKey, type DesiredState, NOTHING_DESIRED, type Part, partsOf, readPart } from "../../../core/model/desired.ts";
import type { SeenInstance, ServiceFacts, Stored } from "../../../core/model/facts.ts";
import type { Freeze, InstanceRecord, Release, Revision, Verdict } from "../../../core/model/records.ts";

export const NOW = Date.parse("2026-03-01T12:00:00.000Z");
export const timeOf = (revision: number): string => new Date(Date.parse("2026-03-01T00:00:00.000Z") + revision * 60_000).toISOString();

export interface Story {
  readonly service?: string;
  /** What each revision ended in, from the first on. */
  readonly states?: readonly DesiredState[];
  /** Replaces keys: text, bytes, or null for a key that is gone. */
  readonly keys?: Partial<Record<Part, string | Uint8Array | null>>;
  readonly registered?: readonly string[];
  readonly verdicts?: Readonly<Record<string, "good" | "condemned">>;
  readonly instances?: readonly Partial<InstanceRecord>[];
  readonly freeze?: Freeze;
}

export function factsOf(story: Story = {}): ServiceFacts {
  const { service = "checkout", states = [], registered = [], verdicts = {}, instances = [], freeze } = story;
  const accepted = states.at(-1) ?? NOTHING_DESIRED;
  const head = { revision: states.length, digest: digestOf(accepted), at: timeOf(states.length), by: "alice", ...(freeze === undefined ? {} : { freeze }) };
  return {
    service,
    head: { value: head, createIndex: 1, modifyIndex: 100 + states.length },
    desired: keysOf(accepted, story.keys ?? {}),
    accepted,
    releases: new Map(registered.map((version, place) => [version, stored<Release>({ version }, 10 + place)])),
    verdicts: new Map(Object.entries(verdicts).map(([version, verdict], place) => [version, stored<Verdict>({ verdict, by: "bob", at: timeOf(0) }, 50 + place)])),
    history: states.map((after, place): Revision => entryOf(service, place + 1, states[place - 1] ?? NOTHING_DESIRED, after)).reverse(),
    instances: instances.map(instanceOf),
    unreadable: [],
  };
}

export function pinned(version: string, rest: Partial<DesiredState> = {}): DesiredState {
  return { pins: { stable: version }, ...rest };
}

export function keyOf(part: Part, value: string | Uint8Array, modifyIndex = 200): DesiredKey {
  const bytes = Buffer.from(value);
  const isText = typeof value === "string";
  return { part, text: isText ? value : undefined, hash: sha256(bytes), bytes: bytes.byteLength, modifyIndex };
}

function keysOf(accepted: DesiredState, replaced: NonNullable<Story["keys"]>): readonly DesiredKey[] {
  const parts = new Set<Part>([...partsOf(accepted), ...(Object.keys(replaced) as Part[])]);
  return [...parts].flatMap((part) => {
    const given = replaced[part];
    const value = given === undefined ? readPart(accepted, part) : given;
    return value === undefined || value === null ? [] : [keyOf(part, value, given === undefined ? 200 : 300)];
  });
}

function entryOf(service: string, revision: number, before: DesiredState, after: DesiredState): Revision {
  return { revision, at: timeOf(revision), by: "alice", plan: `${service}.${revision}-aaaaaa`, kind: "pin", before, after, overrides: [], services: { [service]: revision } };
}

export function instanceOf(given: Partial<InstanceRecord>): SeenInstance {
  const record: InstanceRecord = {
    service: "checkout",
    instance: "one",
    track: "stable",
    actuator: "instance",
    status: "in-sync",
    revision: 0,
    seen: 0,
    agent: { version: "1.0.0", startedAt: timeOf(0) },
    at: timeOf(0),
    ...given,
  };
  return { record, live: true };
}

function stored<T>(value: T, index: number): Stored<T> {
  return { value, createIndex: index, modifyIndex: index };
}
