import type { Seen, SeenInstance, SeenRouter } from "../model/facts.ts";
import type { InstanceStanding, Receipt, ServiceReceipt, Standing } from "../model/receipt.ts";
import type { InstanceRecord } from "../model/records.ts";

/** What a service's receipt is made of. */
export interface ReceiptInput {
  readonly service: string;
  readonly revision: number;
  /** Everyone who must apply: live at commit, or joined since. */
  readonly must: Iterable<string>;
  /** The records as they stand now, live or not, by instance name; undefined while nobody could read them since the commit. */
  readonly seen: ReadonlyMap<string, SeenInstance> | undefined;
  /** Routers that must serve it, and as they stand now; undefined where none must. */
  readonly routers?: { readonly must: Iterable<string>; readonly seen: ReadonlyMap<string, SeenRouter> } | undefined;
  /** Having noticed the revision is all that is asked. */
  readonly isNotice?: boolean | undefined;
  /** ISO time: when those who must apply were last seen, at the latest. */
  readonly committedAt: string;
}

/** Where everyone who must apply a revision stands with it. */
export function determineReceipt({ service, revision, must, seen, committedAt, isNotice, routers }: ReceiptInput): ServiceReceipt {
  const instances = standingsOf(must, seen, (name, one) => determineStanding(name, one, revision, isNotice), committedAt);
  const count = (kind: InstanceStanding["kind"]): number => Object.values(instances).filter((standing) => standing.kind === kind).length;
  return {
    service,
    revision,
    instances,
    routers: routers === undefined ? {} : standingsOf(routers.must, routers.seen, (name, one) => determineStanding(name, one, revision), committedAt),
    applied: count("applied"),
    lagging: count("lagging"),
    left: count("left"),
    unknown: count("unknown"),
  };
}

function standingsOf<R>(must: Iterable<string>, seen: ReadonlyMap<string, Seen<R>> | undefined, determine: (name: string, one: Seen<R> | undefined) => Standing<R>, committedAt: string): Readonly<Record<string, Standing<R>>> {
  return Object.fromEntries([...must].sort().map((name) => [name, seen === undefined ? { kind: "unknown", name, lastSeen: committedAt } : determine(name, seen.get(name))]));
}

/**
 * One instance or router. What it reported while it lived is believed after its session is lost too; what it did not report is
 * unknown then. A record that is gone was removed by its own agent, since an expiry leaves it.
 */
export function determineStanding<R extends Reported>(name: string, seen: Seen<R> | undefined, revision: number, isNotice = false): Standing<R> {
  if (seen === undefined) return { kind: "left", name };
  const { record, live } = seen;
  if (isNotice ? record.revision >= revision : hasApplied(record, revision)) return { kind: "applied", record };
  if (!live) return { kind: "unknown", name, lastSeen: record.at };
  return { kind: "lagging", record, why: describeLag(name, record, revision) };
}

/** What instances and routers tell alike. */
interface Reported {
  readonly revision: number;
  readonly seen: number;
  readonly status: InstanceRecord["status"];
  readonly reason?: InstanceRecord["reason"];
  /** Of instances. */
  readonly version?: string | undefined;
  readonly at: string;
}

/** Whoever acted on a later revision is past this one; who moves on to a later one was in sync with this. */
function hasApplied({ revision: acted, seen, status }: Reported, revision: number): boolean {
  if (acted > revision) return true;
  return acted === revision && (status === "in-sync" || (status === "reconciling" && seen > revision));
}

/** Whether nothing more can be expected of it without a person: it saw the revision and can't or mustn't obey it. */
function isStuck(standing: Standing<Reported>, revision: number): boolean {
  if (standing.kind !== "lagging") return true;
  const { status, seen } = standing.record;
  return seen >= revision && (status === "held" || status === "stalled" || status === "drifted");
}

/**
 * `complete`: everyone who must apply did, or signed off. `standing`: whoever is outstanding is stuck or unknown, or
 * nothing has moved for long.
 */
export function determineState(services: readonly ServiceReceipt[], isQuiet: boolean): Receipt["state"] {
  const all = services.flatMap(({ instances, revision, routers }) => [...Object.values(instances), ...Object.values(routers)].map((standing) => ({ revision, standing })));
  if (all.every(({ standing: { kind } }) => kind !== "lagging" && kind !== "unknown")) return "complete";
  const stuck = all.every(({ revision, standing }) => isStuck(standing, revision));
  return stuck || isQuiet ? "standing" : "waiting";
}

function describeLag(name: string, { status, reason, seen, version }: Reported, revision: number): string {
  if (reason !== undefined) return `${status}: ${reason.message}`;
  if (seen < revision) return `${name} has not seen revision ${revision} yet; the newest it saw is ${seen}`;
  return `${status}, running ${version ?? "nothing"}`;
}
