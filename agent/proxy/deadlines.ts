import { type Clock, callAfter } from "../../core/clock.ts";
import { type Slotted, createSlots } from "./slots.ts";

export interface Deadline extends Slotted {
  /** By the monotonic clock, milliseconds. */
  readonly at: number;
  readonly run: () => void;
}

/** Limits that each request has and hardly any reaches: one timer for all, where one each would be made only to be thrown away. */
export interface Deadlines {
  set(at: number, run: () => void): Deadline;
  clear(deadline: Deadline): void;
  close(): void;
}

export function createDeadlines(clock: Clock): Deadlines {
  const open = createSlots<Deadline>();
  let armedFor = Infinity;
  let disarm = (): void => undefined;
  const arm = (at: number): void => {
    disarm();
    armedFor = at;
    disarm = callAfter(clock, Math.max(0, at - clock.monotonic()), look);
  };
  const look = (): void => {
    armedFor = Infinity;
    const now = clock.monotonic();
    const due = open.items().filter((deadline) => deadline.at <= now && open.remove(deadline));
    const next = Math.min(...open.items().map(({ at }) => at));
    // Where none is left, the next to be set arms it.
    if (next < Infinity) arm(next);
    for (const { run } of due) run();
  };
  return {
    set(at, run) {
      const deadline: Deadline = { at, run, slot: undefined };
      open.add(deadline);
      // Most end later than those before.
      if (at < armedFor) arm(at);
      return deadline;
    },
    clear: (deadline) => void open.remove(deadline),
    close: () => disarm(),
  };
}
