/** What is done over and over while a bench looks on, and how often it failed. */
import { systemClock } from "../../../core/clock.ts";

/** At a steady rate, whatever one turn takes; a late machine makes fewer turns. Ends, with its last turns, when the signal fires. */
export async function every(ms: number, over: AbortSignal, turn: (number: number) => Promise<unknown>): Promise<void> {
  const running = new Set<Promise<unknown>>();
  for (let number = 0; !over.aborted; number += 1) {
    const one = turn(number).finally(() => running.delete(one));
    running.add(one);
    await systemClock.sleep(ms, over);
  }
  await Promise.all(running);
}

export interface Count {
  readonly name: string;
  readonly done: number;
  readonly failed: number;
}

export interface Tally {
  /** Never rejects: a failure is counted, and the first of its name is told on stderr. */
  count(name: string, work: () => Promise<unknown>): Promise<void>;
  counts(): readonly Count[];
}

export function createTally(): Tally {
  const counts = new Map<string, { done: number; failed: number }>();
  return {
    async count(name, work) {
      const count = counts.get(name) ?? { done: 0, failed: 0 };
      counts.set(name, count);
      try {
        await work();
        count.done += 1;
      } catch (error) {
        if (count.failed === 0) console.error(`the first of the ${name} that failed: ${error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error)}`);
        count.failed += 1;
      }
    },
    counts: () => [...counts].map(([name, { done, failed }]) => ({ name, done, failed })),
  };
}
