import { hasOldView } from "../../core/decide/old-view.ts";
import type { SeenInstance } from "../../core/model/facts.ts";
import type { Head } from "../../core/model/records.ts";

/** One thing that a person should know about. */
export interface Problem {
  readonly kind: "no-head" | "hand-flip-refused" | "not-adopted" | "unreadable" | "held" | "stalled" | "drifted" | "reconciling" | "lost" | "old-view" | "off" | "stranger";
  /** The part, key or instances it is about. */
  readonly subject: string;
  readonly code?: string | undefined;
  readonly message: string;
  readonly instances?: readonly string[] | undefined;
}

/** Instances that aren't in sync and say why, lost ones, and those that obey what was: with the same reason together. */
export function instanceProblems(instances: readonly SeenInstance[], head: Head | undefined, now: number): readonly Problem[] {
  const old = instances.filter((seen) => hasOldView(seen, head, now));
  const problems = [...groupsOf(instances).map(problemOf), ...offOf(instances), ...(head === undefined || old.length === 0 ? [] : [oldViewOf(old, head)])];
  return problems.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function groupsOf(instances: readonly SeenInstance[]): readonly (readonly SeenInstance[])[] {
  const groups = new Map<string, SeenInstance[]>();
  for (const seen of instances) {
    const { status, reason } = seen.record;
    if (seen.live && (status === "in-sync" || (status === "reconciling" && reason === undefined))) continue;
    const key = seen.live ? `${status} ${reason?.code ?? ""}` : "lost";
    groups.set(key, [...(groups.get(key) ?? []), seen]);
  }
  return [...groups.values()];
}

const ORDER: readonly Problem["kind"][] = ["stalled", "held", "drifted", "lost", "old-view", "off", "reconciling"];

function problemOf(group: readonly SeenInstance[]): Problem {
  const [first] = group;
  if (first === undefined) throw new Error("a group of no instances");
  const about = { subject: "instances", instances: namesOf(group) };
  if (!first.live) {
    const seen = group.map(({ record }) => record.at).sort();
    return { kind: "lost", ...about, message: `session lost, nobody knows what they run; last heard of ${seen.at(-1) ?? ""}. Look at the agent and its node` };
  }
  const { status, reason } = first.record;
  return { kind: status as Problem["kind"], ...about, code: reason?.code, message: reason?.message ?? "gives no reason; look at its agent's log" };
}

/** In sync or not: nobody is served by them. */
function offOf(instances: readonly SeenInstance[]): readonly Problem[] {
  const off = instances.filter(({ live, record }) => live && record.traffic?.off !== undefined);
  const reasons = [...new Set(off.map(({ record }) => record.traffic?.off ?? ""))].sort();
  return reasons.map((why) => ({ kind: "off", subject: "instances", instances: namesOf(off.filter(({ record }) => record.traffic?.off === why)), message: `no traffic goes there: ${why}` }));
}

const namesOf = (group: readonly SeenInstance[]): readonly string[] => group.map(({ record }) => record.instance).sort();

/** When it was made, not how long ago: time alone is no news to whoever watches. */
function oldViewOf(group: readonly SeenInstance[], head: Head): Problem {
  const message = `has not seen revision ${head.revision}, made at ${head.at}, though its session lives, and obeys an older one: look at "consul" in its agent's /v1/state and at its log; restarting the agent makes its watch anew, and the service goes on`;
  return { kind: "old-view", subject: "instances", instances: namesOf(group), message };
}
