import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerCrash } from "../../../../agent/process/crash-policy.ts";

const LIMITS = { crashes: 5, crashWindow: 60_000 };

describe("a crash", () => {
  it.each([
    [[0], 0, { kind: "restart", delayMs: 200 }],
    [[0, 1_000], 1_000, { kind: "restart", delayMs: 400 }],
    [[0, 1_000, 2_000, 3_000, 4_000], 4_000, { kind: "restart", delayMs: 3_200 }],
    [[0, 1, 2, 3, 4, 5], 5, { kind: "stall", crashes: 6 }],
    // Those before the window count no more, neither for the loop nor for the delay.
    [[0, 1, 2, 3, 4, 60_001], 60_001, { kind: "restart", delayMs: 1_600 }],
    [[0, 1, 2, 3, 4, 70_000], 70_000, { kind: "restart", delayMs: 200 }],
  ])("%j at %i: %j", (crashedAt, now, answer) => {
    expect(answerCrash(crashedAt, now, LIMITS, 0.999_999)).toEqual(answer);
  });

  it("is a loop at once where none is allowed", () => {
    expect(answerCrash([7], 7, { crashes: 0, crashWindow: 1_000 }, 0)).toEqual({ kind: "stall", crashes: 1 });
  });

  it("that comes at once after every restart ends as a loop, whatever the limits and the dice", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1_000, max: 600_000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (crashes, crashWindow, random) => {
        const crashedAt: number[] = [];
        for (let now = 0, tries = 0; tries <= crashes + 1; tries += 1) {
          crashedAt.push(now);
          const answer = answerCrash(crashedAt, now, { crashes, crashWindow }, random);
          if (answer.kind === "stall") return answer.crashes === crashes + 1;
          now += answer.delayMs;
        }
        return false;
      }),
    );
  });

  it("is spread by half of its delay", () => {
    expect(answerCrash([0], 0, LIMITS, 0)).toEqual({ kind: "restart", delayMs: 100 });
  });
});
