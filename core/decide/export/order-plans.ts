import type { Revision } from "../../model/records.ts";

/** A history entry, and where it stands in Consul's order of writes. */
export interface KeptRevision {
  readonly service: string;
  readonly entry: Revision;
  readonly createIndex: number;
}

/** What one plan did, as far as it is kept: one revision of each of its services. */
export interface PlanGroup {
  readonly plan: string;
  readonly at: string;
  readonly revisions: readonly KeptRevision[];
}

interface Waiting {
  readonly group: PlanGroup;
  /** Revisions of its services that come before it. */
  before: number;
}

/**
 * Plans in the order of their times, and never one before another that had changed the same service earlier: times may be
 * equal. `histories` are each oldest first. Where hands have left histories that contradict each other, time decides.
 */
export function orderPlans(histories: readonly (readonly KeptRevision[])[]): readonly PlanGroup[] {
  const groups = groupByPlan(histories);
  const places = new Map<KeptRevision, Waiting>();
  const all = groups.map((group): Waiting => ({ group, before: 0 }));
  for (const waiting of all) for (const revision of waiting.group.revisions) places.set(revision, waiting);
  const followers = new Map<Waiting, Waiting[]>();
  for (const history of histories) linkInOrder(history, places, followers);
  const ready = all.filter(({ before }) => before === 0).sort(byTime).reverse();
  const left = new Set(all);
  const ordered: PlanGroup[] = [];
  while (left.size > 0) {
    const next = ready.pop() ?? [...left].sort(byTime)[0];
    if (next === undefined || !left.delete(next)) continue;
    ordered.push(next.group);
    for (const follower of followers.get(next) ?? []) {
      follower.before -= 1;
      if (follower.before === 0 && left.has(follower)) insert(ready, follower);
    }
  }
  return ordered;
}

function groupByPlan(histories: readonly (readonly KeptRevision[])[]): readonly PlanGroup[] {
  const groups = new Map<string, KeptRevision[]>();
  for (const history of histories) {
    const seen = new Set<string>();
    for (const revision of history) {
      const { plan, revision: number } = revision.entry;
      // A hand's copy of an entry is no part of the plan.
      const name = seen.has(plan) ? `${plan} ${revision.service} ${number}` : plan;
      seen.add(plan);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [revision]);
      else group.push(revision);
    }
  }
  return [...groups.values()].map((revisions) => ({ plan: revisions[0]?.entry.plan ?? "", at: revisions[0]?.entry.at ?? "", revisions }));
}

function linkInOrder(history: readonly KeptRevision[], places: ReadonlyMap<KeptRevision, Waiting>, followers: Map<Waiting, Waiting[]>): void {
  let former: Waiting | undefined;
  for (const revision of history) {
    const waiting = places.get(revision);
    if (waiting === undefined) continue;
    if (former !== undefined && former !== waiting) {
      waiting.before += 1;
      const known = followers.get(former);
      if (known === undefined) followers.set(former, [waiting]);
      else known.push(waiting);
    }
    former = waiting;
  }
}

/** Earliest last, so that it is popped. */
function insert(ready: Waiting[], one: Waiting): void {
  let [from, to] = [0, ready.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = ready[middle];
    if (other !== undefined && byTime(other, one) > 0) from = middle + 1;
    else to = middle;
  }
  ready.splice(from, 0, one);
}

function byTime({ group: a }: Waiting, { group: b }: Waiting): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.plan < b.plan ? -1 : 1;
}
