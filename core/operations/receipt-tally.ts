import { determineReceipt } from "../decide/receipt.ts";
import type { SeenInstance } from "../model/facts.ts";
import { PACE_CODE } from "../model/pace.ts";
import { APPLYING, type ServiceReceipt } from "../model/receipt.ts";
import type { Entry } from "../store/port.ts";
import { readInstances } from "./read-records.ts";
import { createRouterTally } from "./router-tally.ts";

/** What one service's receipt waits for. */
export interface ReceiptScope {
  readonly service: string;
  readonly revision: number;
  /** Live instances of the affected tracks at commit, see core/decide/affected.ts. */
  readonly must: readonly string[];
  /** That the revision was noticed is all that is asked: it changes how far agents go, not what runs. */
  readonly isNotice?: boolean | undefined;
  /** Tracks whose joining instances must apply too; undefined: all. */
  readonly tracks: readonly string[] | undefined;
  /** It changes where traffic goes: routers must serve it, those that are there just after the commit, and who joins. */
  readonly routed?: boolean | undefined;
  /** Instances take turns: then whoever has one counts, of whatever track. */
  readonly paced?: boolean | undefined;
}

/** Counts one service's instances as their records are read again and again. */
export interface Tally {
  /** Whether the records were read since the commit. */
  readonly isRead: boolean;
  /** Takes a whole reading of the service's folder; answers whether anything moved that a receipt is about. */
  take(entries: readonly Entry[]): boolean;
  /** The same for the service's routers. */
  takeRouters(entries: readonly Entry[]): boolean;
  /** Whether somebody is at it, so that those who wait are waiting for something, however long it takes. */
  isUnderWay(): boolean;
  receipt(): ServiceReceipt;
}

export function createTally(scope: ReceiptScope, committedAt: string): Tally {
  const must = new Set(scope.must);
  const parsed = new Map<string, Parsed>();
  const routers = createRouterTally();
  let seen: ReadonlyMap<string, SeenInstance> | undefined;
  return {
    get isRead() {
      return seen !== undefined && (scope.routed !== true || routers.isRead());
    },
    takeRouters: (entries) => routers.take(entries),
    take(entries) {
      const now = new Map(entries.flatMap((entry) => readOnce(parsed, entry)).map((one) => [one.record.instance, one]));
      const former = seen;
      seen = now;
      for (const { record, live } of now.values()) {
        if (live && (scope.tracks === undefined || scope.tracks.includes(record.track))) must.add(record.instance);
      }
      const watched = scope.paced === true ? new Set([...must, ...now.keys()]) : must;
      return former === undefined || [...watched].some((name) => movementOf(former.get(name)) !== movementOf(now.get(name)));
    },
    isUnderWay: () => [...(seen?.values() ?? [])].some((one) => isAtIt(one) && (scope.paced === true || isApplying(one, must))),
    receipt: () => determineReceipt({ ...scope, must, seen, committedAt, routers: routers.facts() }),
  };
}

/** An agent's own time limits bound how long it says so; where it is dead, its session's. */
function isAtIt({ live, record }: SeenInstance): boolean {
  return live && record.status === "reconciling" && record.reason?.code !== PACE_CODE;
}

/** Nobody takes turns: of those who must apply, whoever runs something now, such as a command that deploys the whole service. */
function isApplying({ record }: SeenInstance, must: ReadonlySet<string>): boolean {
  return record.reason?.code === APPLYING && must.has(record.instance);
}

interface Parsed {
  readonly modifyIndex: number;
  readonly session: string | undefined;
  readonly seen: readonly SeenInstance[];
}

/** A thousand records come with every reading, and one of them has changed. */
function readOnce(parsed: Map<string, Parsed>, entry: Entry): readonly SeenInstance[] {
  const { key, modifyIndex, session } = entry;
  const former = parsed.get(key);
  if (former?.modifyIndex === modifyIndex && former.session === session) return former.seen;
  const seen = readInstances([entry]).good;
  parsed.set(key, { modifyIndex, session, seen });
  return seen;
}

/** What counts as a move: not a heartbeat's new time. */
function movementOf(seen: SeenInstance | undefined): string {
  if (seen === undefined) return "";
  const { status, revision, seen: looked, version, reason } = seen.record;
  return JSON.stringify([seen.live, status, revision, looked, version, reason?.code]);
}
