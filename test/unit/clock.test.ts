import { expect, it } from "vitest";
import { mostSince } from "../../core/clock.ts";

const THEN = { monotonic: 5_000, wall: 1_700_000_000_000 };

it.each([
  ["both went on alike", { monotonic: 700, wall: 700 }, 700],
  ["the clock was set an hour ahead", { monotonic: 700, wall: 3_600_700 }, 3_600_700],
  ["the clock was set an hour back", { monotonic: 700, wall: -3_599_300 }, 700],
  ["the clock was set ten years ahead", { monotonic: 700, wall: 315_360_000_700 }, 315_360_000_700],
  ["the clock started over in 1970", { monotonic: 700, wall: -THEN.wall }, 700],
  ["the machine was suspended", { monotonic: 700, wall: 28_800_700 }, 28_800_700],
])("%s: rather too much than too little", (_, passed, most) => {
  expect(mostSince(THEN, { monotonic: () => THEN.monotonic + passed.monotonic, now: () => THEN.wall + passed.wall })).toBe(most);
});
