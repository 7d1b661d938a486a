import { isoTime, parseIsoTime } from "../clock.ts";
import { digestOf } from "../decide/digest.ts";
import { nextMove } from "../decide/move.ts";
import { versionsLeft } from "../decide/routing/versions-left.ts";
import { formatPlanId } from "../decide/plan-id.ts";
import type { Plan, ServicePlan, VerdictChange } from "../model/plan.ts";
import { EVERY_TRACK, type Freeze, type Head, type Mark, type Mode, type Revision, type RevisionKind, type Verdict } from "../model/records.ts";
import { withoutUndefined } from "../model/without-undefined.ts";
import { expectAsRead, removeAsRead, writeAsRead } from "../store/as-read.ts";
import { headKey, historyKey, operationLeaveKey, partKey, rememberedKey, verdictKey } from "../store/keys.ts";
import type { Operation } from "../store/port.ts";

/** Who applies a plan. `planSuffix` is 6 random base32 characters, `now` milliseconds since the epoch. */
export interface Applicant {
  readonly by: string;
  readonly reason?: string | undefined;
  readonly now: number;
  readonly planSuffix: string;
}

/** One transaction, and what it will have made true. */
export interface Composed {
  readonly id: string;
  readonly at: string;
  readonly services: readonly { readonly service: string; readonly revision: number }[];
  readonly operations: readonly Operation[];
}

/**
 * Turns a plan into its transaction. Every operation is a compare-and-set, so that sending the same transaction twice
 * commits it at most once. Heads come first: a conflict is then reported against the head, which says who won.
 */
export function composeTransaction(plan: Plan, who: Applicant): Composed {
  const commit = planCommit(plan, who);
  const services = plan.services.map(({ service }) => ({ service, revision: commit.revisions[service] ?? 0 }));
  return { id: commit.id, at: commit.at, services, operations: [...composeShares(plan.services, commit), ...endOthers(plan.services)] };
}

/** What all shares of one plan have in common. */
export interface PlanCommit {
  readonly kind: Plan["kind"];
  readonly undoes?: string | undefined;
  readonly who: Pick<Applicant, "by" | "reason">;
  readonly id: string;
  readonly at: string;
  /** Of all services, those that are in other transactions too. */
  readonly revisions: Readonly<Record<string, number>>;
  /** Stays in the heads until the operation has ended that these shares are a part of. */
  readonly mark?: Mark | undefined;
}

export function planCommit(plan: Plan, who: Applicant): PlanCommit {
  const [first] = plan.services;
  if (first === undefined) throw new Error("a plan without services was applied");
  return {
    kind: plan.kind,
    undoes: plan.undoes,
    // A hand leaves no name; whoever noticed it did not do it.
    who: plan.kind === "external" ? { ...who, by: "external" } : who,
    id: formatPlanId(first.service, revisionOf(first), who.planSuffix),
    at: isoTime(commitTime(plan.services, who.now)),
    revisions: Object.fromEntries(plan.services.map((one) => [one.service, revisionOf(one)])),
  };
}

/** Some services' shares of a plan: heads first. */
export function composeShares(services: readonly ServicePlan[], commit: PlanCommit): readonly Operation[] {
  const heads = services.map((one) => headOperation(one, commit));
  const rest = services.flatMap((one) => [
    ...desiredOperations(one),
    ...historyOperations(one, commit),
    ...one.verdicts.map((change) => verdictOperation(one.service, change, commit)),
    ...(one.settles ?? []).map((digest): Operation => ({ kind: "delete", key: rememberedKey(one.service, digest) })),
  ]);
  return [...heads, ...rest];
}

/** A rollback ends operations forward that are at its services: without their leave none of their steps is done. */
function endOthers(services: readonly ServicePlan[]): readonly Operation[] {
  const ids = new Set(services.flatMap(({ head }) => head?.value.operation?.id ?? []));
  return [...ids].map((id) => ({ kind: "delete", key: operationLeaveKey(id) }));
}

/** Records hold years of four digits; somebody's clock, or hand, may have come to the end of them. */
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * History never runs backwards, whatever the clocks of two operators say. A plan without a revision is later than the
 * head by a millisecond at least: Consul keeps the index of a key that is written with the value it has, and then a plan
 * made before a verdict would not notice it.
 */
export function commitTime(services: readonly ServicePlan[], now: number): number {
  const former = services.flatMap(({ head, recorded }) => (head === undefined ? [] : [parseIsoTime(head.value.at) + (recorded ? 0 : 1)]));
  return Math.min(LAST_TIME, Math.max(now, ...former));
}

function revisionOf({ above = 0, head, recorded }: ServicePlan): number {
  const current = head?.value.revision ?? 0;
  return recorded ? Math.max(current, above) + 1 : current;
}

function headOperation(one: ServicePlan, commit: PlanCommit): Operation {
  return writeAsRead(headKey(one.service), JSON.stringify(nextHead(one, commit)), one.head?.modifyIndex);
}

/** A plan that gets no revision leaves digest and plan as they were: what is accepted is what the last revision accepted. */
function nextHead(one: ServicePlan, { who, at, id, mark }: PlanCommit): Head {
  const former = one.head?.value;
  const revision = revisionOf(one);
  const freeze = nextFreeze(one, { by: who.by, at });
  const restarts = nextRestarts(one, revision);
  const move = nextMove(one, revision);
  const mode = one.mode ?? modeOf(former);
  const left = nextLeft(one);
  const schema = one.schema ?? former?.schema;
  const off = nextOff(one);
  const plan = one.recorded ? id : former?.plan;
  return {
    revision,
    digest: one.recorded || former === undefined ? digestOf(one.after) : former.digest,
    at,
    by: who.by,
    ...withoutUndefined({ plan, freeze, restarts, move, left, mode: mode === "enforce" ? undefined : mode, schema, off, operation: mark }),
  };
}

/** A later restart of one track leaves those of others to be done. */
function nextRestarts({ head, restart }: ServicePlan, revision: number): Head["restarts"] {
  const former = head?.value.restarts;
  if (restart === undefined) return former;
  if (restart.tracks === undefined) return { [EVERY_TRACK]: revision };
  return { ...former, ...Object.fromEntries(restart.tracks.map((track) => [track, revision])) };
}

function nextLeft({ after, before, head, left: named, recorded }: ServicePlan): Head["left"] {
  const former = head?.value.left ?? [];
  const left = named ?? (recorded ? versionsLeft(former, before, after) : former);
  return left.length === 0 ? undefined : [...left];
}

/** What is pinned again takes traffic again: it is what was asked for. */
function nextOff({ after, head, off = head?.value.off ?? [] }: ServicePlan): Head["off"] {
  const pinned = new Set(Object.values(after.pins));
  const rest = off.filter((version) => !pinned.has(version));
  return rest.length === 0 ? undefined : rest;
}

function nextFreeze({ freeze, head }: ServicePlan, who: { by: string; at: string }): Freeze | undefined {
  if (freeze === undefined) return head?.value.freeze;
  return freeze === null ? undefined : { ...freeze, ...who };
}

function modeOf(head: Head | undefined): Mode {
  return head?.mode ?? "enforce";
}

function desiredOperations({ service, writes, expects = [] }: ServicePlan): readonly Operation[] {
  const written = writes.flatMap(({ part, text, modifyIndex }): Operation[] => {
    const key = partKey(service, part);
    if (text === undefined) return modifyIndex === undefined ? [] : [{ kind: "remove", key, modifyIndex }];
    return [writeAsRead(key, text, modifyIndex)];
  });
  const expected = expects.map(({ part, modifyIndex }) => expectAsRead(partKey(service, part), modifyIndex));
  return [...written, ...expected];
}

function historyOperations(one: ServicePlan, commit: PlanCommit): readonly Operation[] {
  if (!one.recorded) return [];
  const { kind, undoes, who, id, at, revisions } = commit;
  const revision = revisionOf(one);
  const verdicts = one.verdicts.map(({ version, before, after }) => ({ version, before, after: fullVerdict(after, commit) }));
  const entry: Revision = {
    revision,
    at,
    by: who.by,
    ...(who.reason === undefined ? {} : { reason: who.reason }),
    plan: id,
    kind: kind as RevisionKind,
    before: one.before,
    after: one.after,
    ...(verdicts.length === 0 ? {} : { verdicts }),
    overrides: [...one.overrides],
    services: revisions,
    ...(one.mode === undefined ? {} : { mode: { before: modeOf(one.head?.value), after: one.mode } }),
    ...(undoes === undefined ? {} : { undoes }),
    ...(one.restart?.tracks === undefined ? {} : { tracks: [...one.restart.tracks] }),
  };
  return [{ kind: "create", key: historyKey(one.service, revision), value: JSON.stringify(entry) }];
}

function verdictOperation(service: string, { version, modifyIndex, after }: VerdictChange, commit: PlanCommit): Operation {
  const key = verdictKey(service, version);
  const verdict = fullVerdict(after, commit);
  return verdict === undefined ? removeAsRead(key, modifyIndex) : writeAsRead(key, JSON.stringify(verdict), modifyIndex);
}

/** A whole former verdict, which an undo puts back, stays as it was; a new one is signed by who applies it. */
function fullVerdict(after: VerdictChange["after"], { who, at, id }: PlanCommit): Verdict | undefined {
  if (after === undefined) return undefined;
  if ("by" in after) return after;
  const reason = after.reason ?? who.reason;
  return { verdict: after.verdict, by: who.by, at, ...(reason === undefined ? {} : { reason }), plan: id };
}
