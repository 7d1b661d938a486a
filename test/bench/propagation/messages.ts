/** Between the parent, which plays the operator, and the processes that hold the watchers. */

/**
 * Who is woken:
 * - `watch`: bare blocking queries, nothing else
 * - `report`: bare blocking queries, each answered by one acknowledged write
 * - `agents`: agents
 */
export const populations = ["watch", "report", "agents"] as const;
export type Population = (typeof populations)[number];

export const serviceOf = (population: Population): string => `bench-${population}`;

export interface Start {
  readonly population: Population;
  readonly address: string;
  /** Of its watchers, in the whole population. */
  readonly first: number;
  readonly count: number;
  /** For what agents keep on disk. */
  readonly folder: string;
}

/** Followed by "quiet". All watchers of one process have seen the same number of flips. Times are CLOCK_MONOTONIC, of the last of them. */
export interface RoundSeen {
  readonly round: number;
  readonly applied: number;
  readonly reported: number;
  /** Milliseconds of CPU that the process has used since it started. */
  readonly cpu: number;
}
