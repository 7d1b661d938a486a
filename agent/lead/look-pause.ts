import { doubled } from "../../core/decide/doubled.ts";

export interface LookFacts {
  readonly isOwn: boolean;
  /** Something is to be done, or nobody knows: news is expected. */
  readonly awaitsNews: boolean;
  /** Looks in a row that brought no news. */
  readonly quietLooks: number;
  /** 0 up to, not including, 1. */
  readonly random: number;
}

const IDLE_MS = 5_000;
const FIRST_MS = 100;
const LONGEST_MS = 2_000;

/**
 * How long until the lock is looked at again, in milliseconds. It is not watched: a parked query would take a connection
 * more from every agent. The jitter keeps a fleet's looks apart.
 */
export function lookPause({ awaitsNews, isOwn, quietLooks, random }: LookFacts): number {
  const pause = isOwn || !awaitsNews ? IDLE_MS : doubled(FIRST_MS, quietLooks, LONGEST_MS);
  return pause * (0.5 + random / 2);
}
