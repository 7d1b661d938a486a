import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundedPace, paceText, parsePace } from "../../../core/model/pace.ts";

describe("a pace", () => {
  it.each([
    ["all", "all"],
    [" 2\n", "2"],
    ["25%", "25%"],
    ["12.50%", "12.5%"],
    ["100%", "100%"],
    ["2 stop-after 1", "2"],
    ["25%   stop-after\t3", "25% stop-after 3"],
  ])("%j is %s", (text, normal) => {
    const parsed = parsePace(text);
    expect(parsed.ok && paceText(parsed.value)).toBe(normal);
  });

  it.each(["", "0", "-1", "1.5", "0%", "101%", "100.1%", "%", "half", "all stop-after 2", "2 stop-after", "2 stop-after 0", "2 stop-after 1 2", "2stop-after 1", "1e3", "0x2", "２"])("%j is none", (text) => {
    expect(parsePace(text).ok).toBe(false);
  });

  it("has one normal form", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 1, max: 999_999_999 }).map(String), fc.integer({ min: 1, max: 100 }).map((number) => `${number}%`)), fc.integer({ min: 1, max: 999 }), (amount, after) => {
        const parsed = parsePace(`${amount} stop-after ${after}`);
        if (!parsed.ok) throw new Error(parsed.fault);
        const again = parsePace(paceText(parsed.value));
        expect(again).toEqual(parsed);
      }),
    );
  });

  it("bounds nothing where it is absent, `all` or garbage", () => {
    expect([undefined, "all", "fast"].map(boundedPace)).toEqual([undefined, undefined, undefined]);
    expect(boundedPace("2")).toEqual({ kind: "count", count: 2, stopAfter: 1 });
  });
});
