import { describe, expect, test } from "vitest";
import { afterPuttingOff, afterStep, afterTakingBack, atStep, isUntouched, nextStep, toAborting } from "../../../../core/decide/operation/advance.ts";
import { describeProgress } from "../../../../core/decide/operation/describe-operation.ts";
import type { OperationRecord } from "../../../../core/model/operation.ts";

const NEVER: ReadonlySet<number> = new Set();

/** Of three datacentres, none done yet. */
const record = (more: Partial<OperationRecord> = {}): OperationRecord => ({
  id: "checkout.3-aaaaaa",
  kind: "pin",
  by: "ana@laptop",
  at: "2026-03-01T03:12:45.120Z",
  fingerprint: "f",
  services: {},
  steps: ["east", "west", "north"].map((name) => ({ kind: "datacentre", about: `checkout in ${name}` })),
  phase: "running",
  next: 0,
  marked: 0,
  datacentre: "east",
  ...more,
});

describe("a step that is put off", () => {
  test("stops no other, and is the first that is tried again", () => {
    const off = afterPuttingOff(afterStep(record(), 0), 1);
    expect(off).toMatchObject({ next: 2, phase: "running", putOff: [{ step: 1 }] });
    expect(nextStep(off, new Set([1]))).toBe(2);
    expect(nextStep(off, NEVER)).toBe(1);
    const rest = afterStep(off, 2);
    expect(rest).toMatchObject({ next: 3, phase: "running" });
    expect(nextStep(rest, new Set([1]))).toBeUndefined();
    expect(describeProgress(rest)).toBe("2 of 3 steps are done, checkout in west waits until it can be reached");
    const done = afterStep(rest, 1);
    expect(done).toMatchObject({ next: 3, phase: "releasing" });
    expect(done.putOff).toBeUndefined();
  });

  test("stays put off where it can't be done again", () => {
    const off = afterPuttingOff(record(), 0);
    expect(afterPuttingOff(off, 0)).toEqual(off);
  });

  test("is taken back without a look, unless something may have been sent", () => {
    const untouched = afterPuttingOff(record(), 0);
    expect(isUntouched(untouched, 0)).toBe(true);
    const doubtful = afterPuttingOff(atStep(record(), 0), 0);
    expect(doubtful).toMatchObject({ next: 1, putOff: [{ step: 0, doubtful: true }] });
    expect(isUntouched(doubtful, 0)).toBe(false);
    expect(afterTakingBack(doubtful)).toEqual(record());
  });

  test("is doubtful from when it was tried again and something may have been sent", () => {
    const again = atStep(afterPuttingOff(afterPuttingOff(record(), 0), 1), 0);
    expect(again.putOff).toEqual([{ step: 0, doubtful: true }, { step: 1 }]);
  });
});

test("taking back begins with the step that a killed program may have done", () => {
  expect(toAborting(atStep(afterStep(record(), 0), 1), undefined)).toMatchObject({ phase: "aborting", next: 2, putOff: [{ step: 1, doubtful: true }] });
  expect(toAborting(afterStep(record(), 0), undefined)).toMatchObject({ phase: "aborting", next: 1 });
});
