import { beforeAll, beforeEach } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import type { Taker } from "../../../core/operations/journal/resume-operation.ts";
import { stepRunners } from "../../../core/operations/journal/step-runners.ts";
import { type MemoryStore, type MemoryWorld, createMemoryWorld } from "../../../core/store/memory.ts";
import { type Operator, createOperator } from "./operator.ts";

export interface FilledWorld {
  readonly world: MemoryWorld;
  readonly store: MemoryStore;
  readonly alice: Operator;
  /** As alice filled it, once more in the middle of a test. */
  readonly refill: () => void;
}

/** A world that alice fills once for a file, and that stands so again before each of its tests. `now`: milliseconds since the epoch. */
export function fillWorld(now: number, fill: (alice: Operator, store: MemoryStore) => Promise<void>): FilledWorld {
  const world = createMemoryWorld();
  const store = world.client();
  const alice = createOperator(store, "alice", () => now);
  let untouched: ReturnType<MemoryWorld["save"]>;
  beforeAll(async () => {
    await fill(alice, store);
    untouched = world.save();
  }, 60_000);
  const refill = (): void => world.restore(untouched);
  beforeEach(refill);
  return { world, store, alice, refill };
}

/** Whoever comes upon what was left behind. */
export const taker = (more: Partial<Taker> = {}): Taker => ({ clock: systemClock, by: "carol@desk", planSuffix: "cccccc", runners: stepRunners({ clock: systemClock }), ...more });
