import { doubled } from "../doubled.ts";

/** How one instance answered lately, as one router sees it. */
export interface Standing {
  /** Requests in a row that it didn't answer. */
  readonly failures: number;
  /** How often in a row it was left out. */
  readonly ejections: number;
  /** Monotonic milliseconds until when it is left out; 0 where it isn't. */
  readonly outUntil: number;
  /** One request has gone there to see whether it is well again. */
  readonly onTrial: boolean;
}

export const WELL: Standing = { failures: 0, ejections: 0, outUntil: 0, onTrial: false };

/** Fewer may be the network's, or a restart's. */
const MOST_FAILURES = 3;
const FIRST_OUT_MS = 5_000;
const LONGEST_OUT_MS = 300_000;
/** More would put on the others what they can't bear, and what fails everywhere is no outlier. */
const MOST_OUT = 0.5;

/** Whether one more of `size` alternatives may be left out. */
export function mayLeaveOut(out: number, size: number): boolean {
  return out + 1 <= Math.floor(size * MOST_OUT);
}

/** No answer came. What was sent before it was left out tells nothing new. */
export function afterFailure(standing: Standing, now: number, mayEject: boolean): Standing {
  const failures = standing.failures + 1;
  if (standing.outUntil > 0 && !standing.onTrial) return standing;
  if (!standing.onTrial && (failures < MOST_FAILURES || !mayEject)) return { ...standing, failures };
  const outMs = doubled(FIRST_OUT_MS, standing.ejections, LONGEST_OUT_MS);
  return { failures, ejections: standing.ejections + 1, outUntil: now + outMs, onTrial: false };
}

/** Any answer, whatever its status. What was asked before it was left out may answer late, and doesn't bring it back. */
export function afterAnswer(standing: Standing): Standing {
  return standing.outUntil > 0 && !standing.onTrial ? standing : WELL;
}

/** What became of requests between two looks at an instance: how many of each, not in which order. */
export interface Outcomes {
  readonly answers: number;
  readonly failures: number;
}

/** As if the failures came in a row, unless anything was answered among them. */
export function afterOutcomes(standing: Standing, { answers, failures }: Outcomes, now: number, mayEject: boolean): Standing {
  if (answers > 0) return afterAnswer(standing);
  return Array.from({ length: Math.min(failures, MOST_FAILURES) }).reduce<Standing>((before) => afterFailure(before, now, mayEject), standing);
}

/** Whether its time is over, so that one request may try it. */
export function isDueForTrial({ outUntil }: Standing, now: number): boolean {
  return outUntil > 0 && outUntil <= now;
}

/** That request has gone. Should nobody hear what became of it, another follows after the shortest time. */
export function onTrial(standing: Standing, now: number): Standing {
  return { ...standing, onTrial: true, outUntil: now + FIRST_OUT_MS };
}
