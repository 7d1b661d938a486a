import { hasExpired } from "../../core/decide/checks.ts";
import { digestForTrack, digestOf } from "../../core/decide/digest.ts";
import type { EffectiveState } from "../../core/decide/effective.ts";
import { type DesiredState, pinOf } from "../../core/model/desired.ts";
import type { SeenInstance, SeenRouter, Stored } from "../../core/model/facts.ts";
import type { GuardState } from "../../core/model/guard-records.ts";
import { STABLE } from "../../core/model/names.ts";
import { type BadRecord, describeBadRecord } from "../../core/model/parse-record.ts";
import type { Freeze, Head, InstanceRecord, Mark, Mode, Revision } from "../../core/model/records.ts";
import type { RouterRecord } from "../../core/model/router-records.ts";
import type { SeenGuard } from "./gather-guards.ts";
import { type PaceStatus, determinePace } from "./determine-pace.ts";
import { type Problem, instanceProblems } from "./instance-problems.ts";

/** What `status` rests on, from a look at the fleet or at one service. */
export interface StatusFacts {
  readonly service: string;
  readonly prefix: string;
  /** Absent: there are keys, but no agent or release ever made the service known. */
  readonly head: Stored<Head> | undefined;
  readonly effective: EffectiveState;
  readonly instances: readonly SeenInstance[];
  readonly routers: readonly SeenRouter[];
  /** Absent where nobody ever guarded it. */
  readonly guard?: SeenGuard | undefined;
  /** The head's history entry, where it was read. */
  readonly newest?: Revision | undefined;
  readonly unreadable: readonly BadRecord[];
}

export interface ServiceStatus {
  readonly service: string;
  readonly revision: number;
  readonly newest: { readonly at: string; readonly by: string; readonly plan?: string | undefined; readonly kind?: string | undefined; readonly reason?: string | undefined } | null;
  readonly freeze: Freeze | null;
  /** The operation that is at it, and makes other plans wait. */
  readonly operation: Mark | null;
  /** How far agents go. */
  readonly mode: Mode;
  /** Who guards it, and what stands in the way. Null where nobody ever did. */
  readonly guard: GuardStatus | null;
  /** Null where none was set. */
  readonly pace: PaceStatus | null;
  readonly tracks: readonly TrackStatus[];
  readonly problems: readonly Problem[];
  readonly instances: readonly InstanceStatusValue[];
  /** What routes its traffic, and what that really serves. */
  readonly routers: readonly RouterStatusValue[];
}

export interface GuardStatus {
  readonly leader: string | null;
  readonly latched?: GuardState["latched"];
  readonly paused?: GuardState["paused"];
  readonly policyFault?: string | undefined;
  readonly dryRun: boolean;
}

export interface TrackStatus {
  readonly track: string;
  /** A version, `none`, or null where it was never pinned. */
  readonly pin: string | null;
  readonly inSync: number;
  /** Live instances. */
  readonly total: number;
  /** What runs, most instances first; null where nothing does or it can't be told. */
  readonly versions: readonly { readonly version: string | null; readonly instances: number }[];
}

export type InstanceStatusValue = Omit<InstanceRecord, "service"> & { readonly live: boolean; readonly inSync: boolean };

export type RouterStatusValue = Omit<RouterRecord, "service"> & { readonly live: boolean; readonly inSync: boolean };

export function determineStatus(facts: StatusFacts, now: number): ServiceStatus {
  const { service, head, effective, newest } = facts;
  const wanted = wantedOf(effective.state);
  const freeze = head?.value.freeze;
  return {
    service,
    revision: head?.value.revision ?? 0,
    newest: head === undefined || head.value.revision === 0 ? null : newestOf(head.value, newest),
    mode: head?.value.mode ?? "enforce",
    guard: facts.guard === undefined ? null : guardStatus(facts.guard),
    freeze: freeze === undefined || hasExpired(freeze, now) ? null : freeze,
    operation: head?.value.operation ?? null,
    pace: determinePace(effective.state, facts.instances),
    tracks: tracksOf(facts).map((track) => trackStatus(facts, track, wanted)),
    problems: [...serviceProblems(facts), ...instanceProblems(facts.instances, head?.value, now)],
    // A table shows none of them, and a fleet has thousands.
    get instances() {
      return facts.instances.map((seen) => instanceValue(seen, wanted));
    },
    routers: facts.routers.map((seen) => routerValue(seen, wanted)),
  };
}

export function guardStatus({ leader, state }: SeenGuard): GuardStatus {
  return { leader, latched: state?.latched, paused: state?.paused, policyFault: state?.policyFault, dryRun: state?.dryRun === true };
}

/** A freeze signs the head too, so who and when come from the history entry where there is one. */
function newestOf(head: Head, newest: Revision | undefined): ServiceStatus["newest"] {
  if (newest === undefined || newest.revision !== head.revision) return { at: head.at, by: head.by, plan: head.plan };
  return { at: newest.at, by: newest.by, plan: newest.plan, kind: newest.kind, reason: newest.reason };
}

/** `stable` first, and also where nothing else is there. */
function tracksOf({ effective, instances }: StatusFacts): readonly string[] {
  const tracks = new Set([...Object.keys(effective.state.pins), ...instances.map(({ record }) => record.track)]);
  const others = [...tracks].filter((track) => track !== STABLE).sort();
  return tracks.has(STABLE) || others.length === 0 ? [STABLE, ...others] : others;
}

/** Digests of what should be, each made once for however many instances. */
interface Wanted {
  readonly whole: () => string;
  readonly ofTrack: (track: string) => string;
}

function wantedOf(state: DesiredState): Wanted {
  const tracks = new Map<string, string>();
  let whole: string | undefined;
  return {
    whole: () => (whole ??= digestOf(state)),
    ofTrack: (track) => {
      const digest = tracks.get(track) ?? digestForTrack(state, track);
      tracks.set(track, digest);
      return digest;
    },
  };
}

function trackStatus({ effective, instances }: StatusFacts, track: string, wanted: Wanted): TrackStatus {
  const live = instances.filter((seen) => seen.live && seen.record.track === track);
  const counts = new Map<string | null, number>();
  for (const { record } of live) counts.set(record.version ?? null, (counts.get(record.version ?? null) ?? 0) + 1);
  return {
    track,
    pin: pinOf(effective.state, track) ?? null,
    inSync: live.filter((seen) => isInSync(seen, wanted)).length,
    total: live.length,
    versions: [...counts].map(([version, count]) => ({ version, instances: count })).sort((a, b) => b.instances - a.instances || (String(a.version) < String(b.version) ? -1 : 1)),
  };
}

/** What it applied is what is wanted now, not only what was when it last looked. */
function isInSync({ live, record }: SeenInstance, wanted: Wanted): boolean {
  return live && record.status === "in-sync" && (record.digest === undefined || record.digest === wanted.ofTrack(record.track));
}

function instanceValue(seen: SeenInstance, wanted: Wanted): InstanceStatusValue {
  const { service: _, ...record } = seen.record;
  return { ...record, live: seen.live, inSync: isInSync(seen, wanted) };
}

function routerValue({ live, record: seen }: SeenRouter, wanted: Wanted): RouterStatusValue {
  const { service: _, ...record } = seen;
  return { ...record, live, inSync: live && record.status === "in-sync" && record.digest === wanted.whole() };
}

function serviceProblems({ service, prefix, head, effective, unreadable }: StatusFacts): readonly Problem[] {
  const unknown = head !== undefined || unreadable.some((bad) => bad.key.endsWith(`/${service}/head`));
  return [
    ...(unknown ? [] : [{ kind: "no-head" as const, subject: service, message: `${prefix}/desired/${service}/ has keys but no head: no agent and no release of ${service} was ever registered, so nobody obeys them. Start its agent, or run "rollpin release register ${service} <version>"` }]),
    ...(head === undefined ? [] : effective.refused.map(({ part, code, message }) => ({ kind: "hand-flip-refused" as const, subject: part, code, message }))),
    ...effective.flipped.filter(() => head !== undefined).map((part) => ({ kind: "not-adopted" as const, subject: part, message: `${part} was changed by hand and is obeyed; it has no history entry yet: an agent, or the next change with rollpin, makes one` })),
    ...unreadable.map((bad) => ({ kind: "unreadable" as const, subject: bad.key, message: `${prefix}/${describeBadRecord(bad)}. Mend or delete it` })),
  ];
}
