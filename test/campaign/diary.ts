import { systemClock } from "../../core/clock.ts";

/** What happened when, in the order in which it did. */
export interface Diary {
  note(what: string, more?: Readonly<Record<string, unknown>>): void;
  /** One JSON object a line; `atMs` is of the clock that requests are timed by, `at` is what agents' logs say. */
  text(): string;
}

export function openDiary(): Diary {
  const lines: string[] = [];
  return {
    note: (what, more = {}) => void lines.push(JSON.stringify({ atMs: Math.round(systemClock.monotonic()), at: new Date(systemClock.now()).toISOString(), what, ...more })),
    text: () => `${lines.join("\n")}\n`,
  };
}
