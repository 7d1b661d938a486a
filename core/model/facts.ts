import type { DesiredKey, DesiredState } from "./desired.ts";
import type { BadRecord } from "./parse-record.ts";
import type { Head, InstanceRecord, Release, Revision, Verdict } from "./records.ts";
import type { RouterRecord } from "./router-records.ts";

/** A record and where it stands in Consul. */
export interface Stored<T> {
  readonly value: T;
  readonly createIndex: number;
  readonly modifyIndex: number;
}

/** All that decisions about one service rest on, read by core/operations/gather.ts. */
export interface ServiceFacts {
  readonly service: string;
  /** Absent where the service is unknown: no agent and no release was ever registered. */
  readonly head: Stored<Head> | undefined;
  /** The keys beside the head, as they stand, garbage included. */
  readonly desired: readonly DesiredKey[];
  /** The state that the head's revision accepted (history's `after`); nothing at revision 0. */
  readonly accepted: DesiredState;
  readonly releases: ReadonlyMap<string, Stored<Release>>;
  readonly verdicts: ReadonlyMap<string, Stored<Verdict>>;
  /** Newest first. */
  readonly history: readonly Revision[];
  readonly instances: readonly SeenInstance[];
  /** Records that can't be read: shown, never guessed at. */
  readonly unreadable: readonly BadRecord[];
}

export interface Seen<R> {
  readonly record: R;
  /** Whether its agent's session holds the record. */
  readonly live: boolean;
}
export type SeenInstance = Seen<InstanceRecord>;
export type SeenRouter = Seen<RouterRecord>;
