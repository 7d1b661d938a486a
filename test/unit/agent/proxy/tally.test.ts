import { expect, test } from "vitest";
import { createTally } from "../../../../agent/proxy/tally.ts";

test("it counts by version since the split changed, and keeps what was before", () => {
  const tally = createTally();
  tally.answered("1", 200, 1, 5);
  tally.answered("1", 503, 1, 5);
  tally.unanswered("lost", "1");
  tally.answered(undefined, 502);
  expect(tally.traffic()).toEqual({ now: { "1": { requests: 3, errors: 2, buckets: { "17": 2 } } }, before: {} });
  tally.begin();
  tally.begin();
  tally.answered("2", 200, 3);
  expect(tally.traffic()).toEqual({ now: { "2": { requests: 3, errors: 0 } }, before: { "1": { requests: 3, errors: 2, buckets: { "17": 2 } } } });
  expect(tally.served()).toEqual({ "2": 1 });
  expect(tally.requests).toEqual({ "1 2xx": 1, "1 5xx": 1, "none 5xx": 1, "2 2xx": 3 });
  expect(tally.failures).toEqual({ refused: 0, lost: 1, late: 0 });
});

test("however many versions there were, those with the most requests are told", () => {
  const tally = createTally();
  for (let version = 1; version <= 100; version += 1) tally.answered(String(version), 200, version);
  expect(Object.keys(tally.traffic().now).map(Number).sort((a, b) => a - b)).toEqual([93, 94, 95, 96, 97, 98, 99, 100]);
});

test("it tells of each failure of a version, and not of what the agent answers itself", () => {
  const tally = createTally();
  tally.answered("1", 500);
  let told = 0;
  tally.onFailure(() => (told += 1));
  tally.answered("1", 200);
  tally.answered("1", 404);
  tally.answered(undefined, 502);
  tally.unanswered("refused");
  expect(told).toBe(0);
  tally.answered("1", 503);
  tally.unanswered("late", "1");
  expect(told).toBe(2);
});
