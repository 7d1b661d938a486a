import { assert, property, stringMatching } from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "../../../core/config/nearest.ts";

describe("nearest", () => {
  it.each([
    ["sevice", ["service", "version"], "service"],
    ["verison", ["service", "version"], "version"],
    ["SERVICE", ["service"], "service"],
    ["colour", ["service", "version"], undefined],
    ["x", ["a", "b"], undefined],
  ])("%s of %j is %s", (word, known, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it("measures a distance: symmetric, and 0 for the same word only", () => {
    const word = stringMatching(/^[abc]{0,6}$/);
    assert(
      property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
