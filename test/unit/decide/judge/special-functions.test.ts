import { describe, expect, test } from "vitest";
import { logBeta } from "../../../../core/decide/judge/log-gamma.ts";
import { normalTail } from "../../../../core/decide/judge/normal-tail.ts";

describe("the functions that the judgement rests on, as SciPy has them", () => {
  test.each([[0, 0.5], [0.5, 0.3085375387259869], [2.49, 0.006387154764943171], [2.51, 0.006036558080412666], [4, 3.167124183311986e-5], [8, 6.22096057427174e-16], [-1, 0.8413447460685429]])("a normal value is above %d", (z, tail) => {
    expect(normalTail(z) / tail).toBeCloseTo(1, 10);
  });

  test.each([[0.5, 0.5, 1.1447298858494], [0.5, 500, -2.5346891063277326], [30.5, 470.5, -115.67377088431158], [1e6 + 0.5, 3.25e8, -6785370.949110985]])("log beta of %d and %d", (a, b, log) => {
    expect(logBeta(a, b) / log).toBeCloseTo(1, 11);
  });
});
