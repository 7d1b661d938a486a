/** Where a service's calls fail: in themselves, or in a call that they made. Told by the trace that both belong to; memory stays bounded. */
import { dropOldest } from "../drop-oldest.ts";

export interface FailingStep {
  readonly service: string;
  readonly version: string | undefined;
  readonly operation: string;
}

export interface FailingSteps {
  /** A call that the service made failed. */
  failedBelow(trace: string, step: FailingStep): void;
  /** One of its own did: `found` is called at most once, now or when the call below it comes up, whichever is written later. */
  failedItself(trace: string, found: (step: FailingStep) => void): void;
}

/** Calls below and above are written within seconds of each other. */
const MOST_TRACES = 50_000;

export function createFailingSteps(): FailingSteps {
  const below = new Map<string, FailingStep>();
  const waiting = new Map<string, (step: FailingStep) => void>();
  return {
    failedBelow: (trace, step) => {
      const found = waiting.get(trace);
      waiting.delete(trace);
      // The first that failed: retries and what else the same call did come later.
      if (found !== undefined) found(step);
      else if (!below.has(trace)) keep(below, trace, step);
    },
    failedItself: (trace, found) => {
      const step = below.get(trace);
      if (step !== undefined) found(step);
      else keep(waiting, trace, found);
    },
  };
}

function keep<T>(kept: Map<string, T>, trace: string, value: T): void {
  kept.set(trace, value);
  dropOldest(kept, MOST_TRACES);
}
