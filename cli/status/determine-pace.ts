import type { DesiredState } from "../../core/model/desired.ts";
import type { SeenInstance } from "../../core/model/facts.ts";
import { PACE_CODE } from "../../core/model/pace.ts";

/** How a service's changes are let through, and where its live instances stand with that. */
export interface PaceStatus {
  readonly pace: string;
  /** At it now. */
  readonly changing: number;
  /** For their turn. */
  readonly waiting: number;
  /** Too many others stalled: these keep what they run. */
  readonly stopped: number;
}

/** Null where no pace was ever set. */
export function determinePace({ pace }: DesiredState, instances: readonly SeenInstance[]): PaceStatus | null {
  if (pace === undefined) return null;
  const live = instances.filter((seen) => seen.live).map(({ record }) => ({ status: record.status, paced: record.reason?.code === PACE_CODE }));
  const count = (status: string, paced: boolean): number => live.filter((one) => one.status === status && one.paced === paced).length;
  return { pace, changing: count("reconciling", false), waiting: count("reconciling", true), stopped: count("held", true) };
}
