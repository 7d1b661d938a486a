/** What is to be looked at when, to the hundredth of a second. */

export interface DueTimes<T> {
  /** At the earliest after the time that was asked for last. */
  put(one: T, at: number): void;
  /** Those whose time has come, one by one: what is put meanwhile comes later. */
  take(now: number): Iterable<T>;
}

const TICK_MS = 10;
/** After a longer pause, as at the start, it is quicker to look through what there is than through all that might be. */
const MOST_TICKS = 10_000;

export function createDueTimes<T>(): DueTimes<T> {
  const slots = new Map<number, T[]>();
  let reached = 0;
  return {
    put(one, at) {
      const slot = Math.max(reached + 1, Math.ceil(at / TICK_MS));
      const there = slots.get(slot);
      if (there === undefined) slots.set(slot, [one]);
      else there.push(one);
    },
    *take(now) {
      const current = Math.floor(now / TICK_MS);
      const passed = current - reached > MOST_TICKS ? [...slots.keys()].filter((slot) => slot <= current).sort((a, b) => a - b) : range(reached + 1, current);
      for (const slot of passed) {
        const there = slots.get(slot) ?? [];
        slots.delete(slot);
        reached = Math.max(reached, slot);
        yield* there;
      }
      reached = Math.max(reached, current);
    },
  };
}

function* range(from: number, to: number): Generator<number> {
  for (let at = from; at <= to; at += 1) yield at;
}
