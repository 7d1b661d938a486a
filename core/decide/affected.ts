import { changedParts, isPinPart, partsOf, readPart, trackOfPart } from "../model/desired.ts";
import type { SeenInstance } from "../model/facts.ts";
import type { ServicePlan } from "../model/plan.ts";

/** Who must apply one service's share of a plan. */
export interface Affected {
  /** Undefined: every track, also one that nobody has heard of yet. */
  readonly tracks: readonly string[] | undefined;
  /** Live instances of those tracks at commit, by name. */
  readonly must: readonly string[];
}

/**
 * The tracks whose digest a plan changes, or whose keys it mends, or which it asks to restart. Config and routes concern
 * every track, a pin its own; pace concerns nobody.
 */
export function determineAffected(plan: ServicePlan, instances: readonly SeenInstance[]): Affected {
  const tracks = affectedTracks(plan);
  const must = instances.filter(({ live, record }) => live && (tracks === undefined || tracks.includes(record.track)));
  return { tracks, must: must.map(({ record }) => record.instance).sort() };
}

/** Whether a plan changes where a service's traffic goes. */
export function isRouted({ after, before }: Pick<ServicePlan, "before" | "after">): boolean {
  return partsOf(before, after).some((part) => (part === "routes" || isPinPart(part)) && readPart(before, part) !== readPart(after, part));
}

/** Undefined: every track. */
export function affectedTracks({ above, mode, before, after, writes, restart }: ServicePlan): readonly string[] | undefined {
  // Every instance waits for such a word, whatever it runs.
  if (above !== undefined || mode !== undefined) return undefined;
  if (restart !== undefined && restart.tracks === undefined) return undefined;
  const differing = changedParts(before, after);
  const parts = [...differing, ...writes.map(({ part }) => part)];
  if (parts.includes("config") || parts.includes("routes")) return undefined;
  return [...new Set([...parts.filter(isPinPart).map(trackOfPart), ...(restart?.tracks ?? [])])].sort();
}
