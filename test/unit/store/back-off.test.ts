import { describe, expect, it } from "vitest";
import type { StoreFault } from "../../../core/model/fault.ts";
import { fullJitter } from "../../../core/store/watch/back-off.ts";

const fault = (kind: "unreachable" | "no-leader" | "overloaded" | "oversized"): StoreFault => ({ kind, operation: "watch", cause: "" });
const most = () => 0.999_999;
const pauses = (one: Parameters<typeof fullJitter>[0]): number => Math.round(fullJitter(one, 20, most));

describe("how long a fleet waits before it asks again", () => {
  it("is anything up to a bound that doubles", () => {
    const faults = [0, 1, 2, 3].map((failures) => Math.round(fullJitter(fault("unreachable"), failures, most)));
    expect(faults).toEqual([100, 200, 400, 800]);
    expect(fullJitter(fault("unreachable"), 9, () => 0)).toBe(0);
  });

  it("is shorter in an election, which is over soon", () => {
    expect(pauses(fault("no-leader"))).toBe(600);
  });

  it("is longer where asking is itself the burden", () => {
    expect([pauses(fault("unreachable")), pauses(fault("overloaded")), pauses(fault("oversized"))]).toEqual([1_500, 5_000, 15_000]);
  });

  it("obeys Retry-After, and spreads what comes back behind it, but never stays away for more than a minute or so", () => {
    const overloaded = (retryAfterMs: number) => ({ kind: "overloaded", operation: "watch", cause: "", retryAfterMs }) as const;
    expect(fullJitter(overloaded(7_000), 0, () => 0)).toBe(7_000);
    expect(pauses(overloaded(7_000))).toBe(12_000);
    expect(pauses(overloaded(86_400_000))).toBe(65_000);
  });
});
