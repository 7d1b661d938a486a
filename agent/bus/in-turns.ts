import type { Clock } from "../../core/clock.ts";

export interface Turns<T> {
  readonly put: (one: T, bytes: number) => void;
  /** What waits is dropped, and nothing more is taken. */
  readonly end: () => void;
}

/** What is done at a stretch. A guard looks in the same thread, and a backlog that comes all at once is not to hold it up. */
const TURN_MS = 20;
/** More than this isn't kept waiting: who sends has to wait then. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Takes one after the other, in short turns between which all else has its own. `run` must not throw. */
export function inTurns<T>(run: (one: T) => void, { monotonic }: Pick<Clock, "monotonic">): Turns<T> {
  let waiting: { readonly one: T; readonly bytes: number }[] = [];
  let bytes = 0;
  let next: NodeJS.Immediate | undefined;
  let isOver = false;
  const turn = (): void => {
    const begun = monotonic();
    let done = 0;
    for (const each of waiting) {
      if (isOver || (bytes <= MOST_BYTES && monotonic() - begun >= TURN_MS)) break;
      run(each.one);
      bytes -= each.bytes;
      done += 1;
    }
    waiting = waiting.slice(done);
  };
  const schedule = (): void => {
    next ??= setImmediate(() => {
      next = undefined;
      turn();
      if (waiting.length > 0) schedule();
    });
  };
  return {
    put(one, size) {
      if (isOver) return;
      waiting.push({ one, bytes: size });
      bytes += size;
      if (bytes > MOST_BYTES) turn();
      schedule();
    },
    end() {
      isOver = true;
      waiting = [];
      clearImmediate(next);
    },
  };
}
