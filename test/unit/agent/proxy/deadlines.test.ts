import { expect, it } from "vitest";
import { createDeadlines } from "../../../../agent/proxy/deadlines.ts";
import type { Clock } from "../../../../core/clock.ts";

/** Timers that run when time is moved on, and how many were made. */
function ownClock(): { readonly clock: Clock; readonly made: () => number; readonly moveOn: (ms: number) => void } {
  let now = 0;
  let made = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: () => new Promise(() => undefined),
    after(ms, run) {
      const timer = { at: now + ms, run };
      made += 1;
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  return {
    clock,
    made: () => made,
    moveOn(ms) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { run } of due) run();
    },
  };
}

it("runs each at its time, the earlier first though it was set later, and none that was cleared", () => {
  const { clock, moveOn } = ownClock();
  const deadlines = createDeadlines(clock);
  const ran: string[] = [];
  deadlines.set(300, () => ran.push("late"));
  const cleared = deadlines.set(200, () => ran.push("cleared"));
  deadlines.set(100, () => ran.push("early"));
  deadlines.clear(cleared);
  deadlines.clear(cleared);
  moveOn(99);
  expect(ran).toEqual([]);
  moveOn(1);
  expect(ran).toEqual(["early"]);
  moveOn(150);
  expect(ran).toEqual(["early"]);
  moveOn(50);
  expect(ran).toEqual(["early", "late"]);
});

it("makes no timer for each of those that end in the order in which they were set", () => {
  const { clock, made, moveOn } = ownClock();
  const deadlines = createDeadlines(clock);
  for (let at = 0; at < 1_000; at += 1) deadlines.clear(deadlines.set(30_000 + at, () => undefined));
  expect(made()).toBe(1);
  moveOn(30_000);
  expect(made()).toBe(1);
});

it("lets one that runs set another, and runs nothing after it was closed", () => {
  const { clock, moveOn } = ownClock();
  const deadlines = createDeadlines(clock);
  const ran: number[] = [];
  deadlines.set(10, () => {
    ran.push(1);
    deadlines.set(20, () => ran.push(2));
  });
  deadlines.set(40, () => ran.push(3));
  moveOn(10);
  moveOn(10);
  expect(ran).toEqual([1, 2]);
  deadlines.close();
  moveOn(1_000);
  expect(ran).toEqual([1, 2]);
});
