import { expect, it } from "vitest";
import { NONE_READ, leftByNow, readRoutes } from "../../../../agent/routers/read-routes.ts";

const KEY = "rollpin/desired/shop/routes";
const GOOD = "split: {2.0.0: 1, pin: 3}";

it("reads what is new, and nothing twice", () => {
  const read = readRoutes(GOOD, NONE_READ, KEY);
  expect(read).toMatchObject({ text: GOOD, good: { text: GOOD, routes: { split: [{ weight: 1 }, { weight: 3 }] } }, problem: undefined });
  expect(readRoutes(GOOD, read, KEY)).toBe(read);
  expect(readRoutes(undefined, read, KEY)).toEqual(NONE_READ);
});

it("goes on with the last good ones, says why, and no longer than that is so", () => {
  const good = readRoutes(GOOD, NONE_READ, KEY);
  const bad = readRoutes("split: {2.0.0: x}", good, KEY);
  expect(bad.good).toBe(good.good);
  expect(bad.problem).toEqual({ code: "bad-routes", message: expect.stringMatching(/^line 1, column 16: .*; the last routes that could be read go on$/) as string });
  expect(readRoutes(GOOD, bad, KEY)).toEqual(good);
  expect(readRoutes("[", NONE_READ, KEY)).toMatchObject({ good: undefined, problem: { code: "bad-routes" } });
});

it("adds what a pin has just left to what was left before", () => {
  const before = { left: ["1.0.0"], state: { pins: { stable: "2.0.0" }, routes: GOOD } };
  expect(leftByNow(["0.9.0"], before, { pins: { stable: "3.0.0" }, routes: GOOD })).toEqual(["0.9.0", "1.0.0", "2.0.0"]);
  expect(leftByNow(undefined, before, { pins: { stable: "3.0.0" }, routes: "split: {3.0.0: 1}" })).toEqual([]);
});
