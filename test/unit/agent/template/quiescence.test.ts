import { describe, expect, it } from "vitest";
import { type Burst, noteChange, remaining } from "../../../../agent/template/quiescence.ts";

const quiescence = { min: 100, max: 250 };

/** Plays changes at their times, as a loop that asks how long to wait would see them, and says when it renders. */
function renderedAt(changes: readonly number[]): number {
  const [start = 0, ...later] = changes;
  let burst: Burst = noteChange(undefined, start);
  for (const at of later) {
    const due = burst.last + remaining(burst, quiescence, burst.last);
    if (due <= at) return due;
    burst = noteChange(burst, at);
  }
  return burst.last + remaining(burst, quiescence, burst.last);
}

describe("quiescence", () => {
  it.each([
    ["one change: min after it", [0], 100],
    ["a second one within min puts it off", [0, 60], 160],
    ["the last of a burst counts", [0, 60, 120], 220],
    ["but never beyond max after the first", [0, 90, 180, 240], 250],
    ["a change when it is due comes too late", [0, 100], 100],
    ["times are as the clock has them", [5_000, 5_050], 5_150],
  ])("%s", (_, changes, expected) => {
    expect(renderedAt(changes)).toBe(expected);
  });

  it("is due at once when its time has passed", () => {
    expect(remaining({ first: 0, last: 0 }, quiescence, 10_000)).toBe(0);
  });
});
