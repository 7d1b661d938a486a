import { setImmediate as anotherTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { inTurns } from "../../../../agent/bus/in-turns.ts";

/** Each takes as long as it says. */
function setUp() {
  let now = 0;
  const done: number[] = [];
  const turns = inTurns<number>((ms) => {
    now += ms;
    done.push(ms);
  }, { monotonic: () => now });
  return { done, turns };
}

it("lets all else have its turn between what takes long", async () => {
  const { done, turns } = setUp();
  for (const ms of [15, 15, 15, 15, 1]) turns.put(ms, 1);
  expect(done).toEqual([]);
  await anotherTurn();
  expect(done).toHaveLength(2);
  await anotherTurn();
  await anotherTurn();
  expect(done).toEqual([15, 15, 15, 15, 1]);
});

it("keeps so much waiting, and makes who sends more wait", async () => {
  const { done, turns } = setUp();
  for (let sent = 0; sent < 400; sent += 1) turns.put(100, 65_536);
  expect(done).toHaveLength(400 - 256);
  while (done.length < 400) await anotherTurn();
});

it("takes nothing more once it has ended", async () => {
  const { done, turns } = setUp();
  turns.put(1, 1);
  turns.end();
  turns.put(2, 1);
  await anotherTurn();
  await anotherTurn();
  expect(done).toEqual([]);
});
