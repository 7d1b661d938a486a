import type { SeenInstance } from "../model/facts.ts";
import type { InstanceStanding, Receipt, ServiceReceipt } from "../model/receipt.ts";
import type { InstanceRecord } from "../model/records.ts";

/** What a service's receipt is made of. */
export interface ReceiptInput {
  readonly service: string;
  readonly revision: number;
  /** Everyone who must apply: live at commit, or joined since. */
  readonly must: Iterable<string>;
  /** The records as they stand now, live or not, by instance name; undefined while nobody could read them since the commit. */
  readonly seen: ReadonlyMap<string, SeenInstance> | undefined;
  /** Having noticed the revision is all that is asked. */
  readonly isNotice?: boolean | undefined;
  /** ISO time: when those who must apply were last seen, at the latest. */
  readonly committedAt: string;
}

/** Where everyone who must apply a revision stands with it. */
export function determineReceipt({ service, revision, must, seen, committedAt, isNotice }: ReceiptInput): ServiceReceipt {
  const names = [...must].sort();
  const standings = names.map((name) => {
    const standing: InstanceStanding = seen === undefined ? { kind: "unknown", instance: name, lastSeen: committedAt } : determineStanding(name, seen.get(name), revision, isNotice);
    return [name, standing] as const;
  });
  const count = (kind: InstanceStanding["kind"]): number => standings.filter(([, standing]) => standing.kind === kind).length;
  return {
    service,
    revision,
    instances: Object.fromEntries(standings),
    applied: count("applied"),
    lagging: count("lagging"),
    left: count("left"),
    unknown: count("unknown"),
  };
}

/**
 * One instance. What it reported while it lived is believed after its session is lost too; what it did not report is
 * unknown then. A record that is gone was removed by its own agent, since an expiry leaves it.
 */
export function determineStanding(instance: string, seen: SeenInstance | undefined, revision: number, isNotice = false): InstanceStanding {
  if (seen === undefined) return { kind: "left", instance };
  const { record, live } = seen;
  if (isNotice ? record.revision >= revision : hasApplied(record, revision)) return { kind: "applied", record };
  if (!live) return { kind: "unknown", instance, lastSeen: record.at };
  return { kind: "lagging", record, why: describeLag(record, revision) };
}

/** An instance that acted on a later revision is past this one; one that moves on to a later one was in sync with this. */
function hasApplied({ revision: acted, seen, status }: InstanceRecord, revision: number): boolean {
  if (acted > revision) return true;
  return acted === revision && (status === "in-sync" || (status === "reconciling" && seen > revision));
}

/** Whether nothing more can be expected of it without a person: it saw the revision and can't or mustn't obey it. */
function isStuck(standing: InstanceStanding, revision: number): boolean {
  if (standing.kind !== "lagging") return true;
  const { status, seen } = standing.record;
  return seen >= revision && (status === "held" || status === "stalled" || status === "drifted");
}

/**
 * `complete`: everyone who must apply did, or signed off. `standing`: whoever is outstanding is stuck or unknown, or
 * nothing has moved for long.
 */
export function determineState(services: readonly ServiceReceipt[], isQuiet: boolean): Receipt["state"] {
  if (services.every(({ lagging, unknown }) => lagging === 0 && unknown === 0)) return "complete";
  const stuck = services.every(({ instances, revision }) => Object.values(instances).every((standing) => isStuck(standing, revision)));
  return stuck || isQuiet ? "standing" : "waiting";
}

function describeLag({ status, reason, seen, version, instance }: InstanceRecord, revision: number): string {
  if (reason !== undefined) return `${status}: ${reason.message}`;
  if (seen < revision) return `${instance} has not seen revision ${revision} yet; the newest it saw is ${seen}`;
  return `${status}, running ${version ?? "nothing"}`;
}
