import { describe, expect, it } from "vitest";
import { judgeThreshold } from "../../../../core/decide/guard/judge-threshold.ts";

describe("a figure against its bounds", () => {
  it.each([
    [["0.06"], { above: 0.05 }, { says: "bad", value: 0.06, words: "0.06, above 0.05" }],
    [["0.05"], { above: 0.05 }, { says: "good", value: 0.05, words: "0.05, not above 0.05" }],
    [["0.123456789"], { above: 0.1 }, { says: "bad", value: 0.123456789, words: "0.1235, above 0.1" }],
    [["3"], { below: 5 }, { says: "bad", value: 3, words: "3, below 5" }],
    [["7"], { above: 9, below: 5 }, { says: "good", value: 7, words: "7, not above 9 and not below 5" }],
    [["-1e3"], { above: 0 }, { says: "good", value: -1000, words: "-1000, not above 0" }],
  ])("%j %j", (values, bounds, figure) => {
    expect(judgeThreshold(values, bounds)).toEqual(figure);
  });

  it.each([
    [[], /finds nothing.*or vector\(0\)/],
    [["NaN"], /gives NaN, which is what 0\/0 comes to/],
    [["+Inf"], /gives \+Inf/],
    [["-Inf"], /gives -Inf/],
    [["1", "2", "3"], /gives 3 series.*sum\(\.\.\.\)/],
  ])("%j says nothing", (values, why) => {
    expect(judgeThreshold(values, { above: 0 })).toEqual({ says: "no-data", why: expect.stringMatching(why) as string });
  });
});
