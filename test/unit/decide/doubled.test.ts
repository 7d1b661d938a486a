import { expect, it } from "vitest";
import { doubled } from "../../../core/decide/doubled.ts";

it("doubles from the first up to the longest, and stays there however often it is asked", () => {
  expect([0, 1, 2, 3, 4, 50, 5_000].map((times) => doubled(100, times, 1_500))).toEqual([100, 200, 400, 800, 1_500, 1_500, 1_500]);
});
