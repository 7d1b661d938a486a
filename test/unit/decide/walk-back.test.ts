import { expect, test } from "vitest";
import { determineNeeded } from "../../../core/decide/needed-history.ts";
import { distinctBefore, walkBack } from "../../../core/decide/walk-back.ts";
import { factsOf, pinned } from "./facts.ts";

test("a state that no entry of its own records still counts", () => {
  const { history } = factsOf({ states: [pinned("1"), pinned("3")] });
  const [newest, oldest] = history;
  if (newest === undefined || oldest === undefined) throw new Error("there is no history");
  const gap = [{ ...newest, before: pinned("2") }, oldest];
  expect(walkBack(gap).map(({ revision, state }) => [revision, state.pins["stable"]])).toEqual([[2, "3"], [1, "2"], [1, "1"], [0, undefined]]);
  expect(distinctBefore(walkBack(gap), "3", (state) => state.pins["stable"])).toEqual(["2", "1"]);
});

test("kept are the newest, and where each track's good one was last pinned", () => {
  const states = [pinned("good"), pinned("x"), { pins: { stable: "x", canary: "good" } }, { pins: { stable: "x", canary: "y" } }, pinned("x"), pinned("y"), pinned("x")];
  const { history } = factsOf({ states });
  expect([...determineNeeded(history, 2, new Set(["good"]))].toSorted((a, b) => a - b)).toEqual([1, 3, 6, 7]);
  expect([...determineNeeded(history, 2, new Set())].toSorted((a, b) => a - b)).toEqual([6, 7]);
  expect([...determineNeeded(history, 0, new Set())]).toEqual([7]);
});

test("the present version is nothing to go back to, good or not", () => {
  const { history } = factsOf({ states: [pinned("good"), pinned("x"), pinned("good")] });
  expect([...determineNeeded(history, 1, new Set(["good"]))]).toEqual([3]);
});
