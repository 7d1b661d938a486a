/** Collects what many watchers of one process see, round by round, and tells each round once, when the last one has it. */
import { now } from "../measure/now.ts";
import type { RoundSeen } from "./messages.ts";

export interface RoundTally {
  applied(watcher: number): void;
  reported(watcher: number): void;
}

/** Flips come one after the other, so a watcher's n-th wake-up is the n-th round. */
export function createRoundTally(watchers: number, tell: (seen: RoundSeen) => void): RoundTally {
  const rounds = new Map<number, { applied: number; reported: number; appliedAt: number }>();
  const appliedRounds = new Uint32Array(watchers);
  const reportedRounds = new Uint32Array(watchers);
  const roundOf = (round: number) => {
    const known = rounds.get(round) ?? { applied: 0, reported: 0, appliedAt: 0 };
    rounds.set(round, known);
    return known;
  };
  const next = (counts: Uint32Array, watcher: number): number => {
    const round = (counts[watcher] ?? 0) + 1;
    counts[watcher] = round;
    return round;
  };
  return {
    applied(watcher) {
      const state = roundOf(next(appliedRounds, watcher));
      state.applied += 1;
      if (state.applied === watchers) state.appliedAt = now();
    },
    reported(watcher) {
      const round = next(reportedRounds, watcher);
      const state = roundOf(round);
      state.reported += 1;
      if (state.reported < watchers || state.applied < watchers) return;
      rounds.delete(round);
      const { system, user } = process.cpuUsage();
      tell({ round, applied: state.appliedAt, reported: now(), cpu: (system + user) / 1_000 });
    },
  };
}
