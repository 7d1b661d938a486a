import type { ApplyOutcome } from "./loop/loop-state.ts";

/** What an agent has counted since it started; shown by /metrics and /v1/state. */
export interface Counters {
  wakeUps: number;
  processRestarts: number;
  /** Times that something of the agent's own could not be written to disk. */
  diskFaults: number;
  readonly applies: Record<ApplyOutcome["outcome"], number>;
  /** By kind of fault. */
  readonly consulFaults: Record<string, number>;
  /** How long applies took since this was drained last; the oldest go when nobody asks. */
  applySeconds: number[];
}

const MOST_TIMES = 1_000;

export function createCounters(): Counters {
  return { wakeUps: 0, processRestarts: 0, diskFaults: 0, applies: { applied: 0, refused: 0, failed: 0, superseded: 0, unannounced: 0, unwritable: 0, broken: 0 }, consulFaults: {}, applySeconds: [] };
}

export function countOutcome(counters: Counters, { elapsedMs, outcome }: ApplyOutcome): void {
  counters.applies[outcome] += 1;
  counters.applySeconds = [...counters.applySeconds.slice(1 - MOST_TIMES), elapsedMs / 1000];
}

export function countFault(counters: Counters, kind: string): void {
  counters.consulFaults[kind] = (counters.consulFaults[kind] ?? 0) + 1;
}

export function drainApplySeconds(counters: Counters): readonly number[] {
  const seconds = counters.applySeconds;
  counters.applySeconds = [];
  return seconds;
}
