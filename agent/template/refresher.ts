import type { Clock } from "../../core/clock.ts";
import type { Applied } from "../appliers/applier.ts";
import { type Burst, type Quiescence, noteChange, remaining } from "./quiescence.ts";

export interface Refresher {
  /** Notes a change; answers what the rendering after this burst answers. All calls of a burst share it, and the signal of its first. */
  request(signal: AbortSignal): Promise<Applied>;
}

/** Calls `refresh` once for each burst of requests, when the burst is over. */
export function createRefresher(quiescence: Quiescence, clock: Clock, refresh: (signal: AbortSignal) => Promise<Applied>): Refresher {
  let burst: Burst | undefined;
  let answer: Promise<Applied> | undefined;

  const timeLeft = (): number => (burst === undefined ? 0 : remaining(burst, quiescence, clock.monotonic()));

  const settleAndRefresh = async (signal: AbortSignal): Promise<Applied> => {
    for (let wait = timeLeft(); wait > 0 && !signal.aborted; wait = timeLeft()) await clock.sleep(wait, signal);
    // A request that comes while it renders opens a burst of its own.
    burst = undefined;
    answer = undefined;
    return await refresh(signal);
  };

  return {
    request: async (signal) => {
      burst = noteChange(burst, clock.monotonic());
      answer ??= settleAndRefresh(signal);
      return await answer;
    },
  };
}
