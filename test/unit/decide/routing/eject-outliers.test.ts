import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Standing, WELL, afterAnswer, afterFailure, afterOutcomes, isDueForTrial, mayLeaveOut, onTrial } from "../../../../core/decide/routing/eject-outliers.ts";

const fail = (standing: Standing, now: number, mayEject = true): Standing => afterFailure(standing, now, mayEject);
const failed = (times: number, now = 0): Standing => Array.from({ length: times }).reduce<Standing>((standing) => fail(standing, now), WELL);

describe("an instance that doesn't answer", () => {
  it("is left out after three failures in a row, not after three with an answer between", () => {
    expect(failed(2).outUntil).toBe(0);
    expect(failed(3).outUntil).toBe(5_000);
    expect(fail(fail(afterAnswer(failed(2)), 0), 0).outUntil).toBe(0);
  });

  it("is not left out where too many are, and at once when it may be", () => {
    const standing = fail(failed(2), 0, false);
    expect(standing.outUntil).toBe(0);
    expect(fail(standing, 10).outUntil).toBe(5_010);
  });

  it("comes back with one answer to one request", () => {
    const out = failed(3);
    expect(isDueForTrial(out, 4_999)).toBe(false);
    expect(isDueForTrial(out, 5_000)).toBe(true);
    const trial = onTrial(out, 5_000);
    expect(isDueForTrial(trial, 5_001)).toBe(false);
    expect(afterAnswer(trial)).toEqual(WELL);
  });

  it("is tried again where nobody heard what became of the trial", () => {
    expect(isDueForTrial(onTrial(failed(3), 5_000), 10_000)).toBe(true);
  });

  it.each([[1, 10_000], [2, 20_000], [6, 300_000], [50, 300_000]])("is left out for longer each time: after %d trials for %d ms", (trials, ms) => {
    let standing = failed(3);
    for (let trial = 0; trial < trials; trial += 1) standing = fail(onTrial(standing, standing.outUntil), 0);
    expect(standing.outUntil).toBe(ms);
  });

  it("isn't judged by what was sent to it before it was left out", () => {
    const out = failed(3);
    expect(fail(out, 4_000)).toBe(out);
    expect(afterAnswer(out)).toBe(out);
  });
});

describe("an instance that is looked at now and then", () => {
  it.each([
    ["three failures", { answers: 0, failures: 3 }, 5_000],
    ["many", { answers: 0, failures: 500 }, 5_000],
    ["two", { answers: 0, failures: 2 }, 0],
    ["as many, and an answer among them", { answers: 1, failures: 3 }, 0],
    ["nothing", { answers: 0, failures: 0 }, 0],
  ])("%s", (_, outcomes, outUntil) => {
    expect(afterOutcomes(WELL, outcomes, 0, true).outUntil).toBe(outUntil);
  });

  it("adds up over looks", () => {
    expect(afterOutcomes(failed(2), { answers: 0, failures: 1 }, 7, true).outUntil).toBe(5_007);
  });
});

it("never leaves out more than half", () => {
  fc.assert(fc.property(fc.nat(50), (size) => {
    let out = 0;
    while (mayLeaveOut(out, size)) out += 1;
    expect(out).toBe(Math.floor(size / 2));
  }));
});
