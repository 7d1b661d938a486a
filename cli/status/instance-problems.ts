import type { SeenInstance } from "../../core/model/facts.ts";

/** One thing that a person should know about. */
export interface Problem {
  readonly kind: "no-head" | "hand-flip-refused" | "not-adopted" | "unreadable" | "held" | "stalled" | "drifted" | "reconciling" | "lost" | "stranger";
  /** The part, key or instances it is about. */
  readonly subject: string;
  readonly code?: string | undefined;
  readonly message: string;
  readonly instances?: readonly string[] | undefined;
}

/** Instances that aren't in sync and say why, and lost ones, those with the same reason together. */
export function instanceProblems(instances: readonly SeenInstance[]): readonly Problem[] {
  const groups = new Map<string, SeenInstance[]>();
  for (const seen of instances) {
    const { status, reason } = seen.record;
    if (seen.live && (status === "in-sync" || (status === "reconciling" && reason === undefined))) continue;
    const key = seen.live ? `${status} ${reason?.code ?? ""}` : "lost";
    groups.set(key, [...(groups.get(key) ?? []), seen]);
  }
  return [...groups.values()].map(problemOf).sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

const ORDER: readonly Problem["kind"][] = ["stalled", "held", "drifted", "lost", "reconciling"];

function problemOf(group: readonly SeenInstance[]): Problem {
  const [first] = group;
  if (first === undefined) throw new Error("a group of no instances");
  const names = group.map(({ record }) => record.instance).sort();
  const about = { subject: "instances", instances: names };
  if (!first.live) {
    const seen = group.map(({ record }) => record.at).sort();
    return { kind: "lost", ...about, message: `session lost, nobody knows what they run; last heard of ${seen.at(-1) ?? ""}. Look at the agent and its node` };
  }
  const { status, reason } = first.record;
  return { kind: status as Problem["kind"], ...about, code: reason?.code, message: reason?.message ?? "gives no reason; look at its agent's log" };
}
