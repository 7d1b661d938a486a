import { describe, expect, test } from "vitest";
import { measureDetection } from "../../../bench/canaries/detection.ts";
import { countAlarmsOfStep, countFalseAlarms } from "../../../bench/canaries/false-alarms.ts";
import { countLatencyAlarms } from "../../../bench/canaries/latency-canary.ts";

/** A slice of `npm run prove -- canaries`; seeds are fixed. */
const SEED = 7;
const SPARSE = { name: "6 an hour, for a day", perSecond: 6 / 3600, lastsS: 86_400, everyS: 300 };
const BUSY = { name: "20 a second, for ten minutes", perSecond: 20, lastsS: 600, everyS: 10 };

describe("simulated canaries, looked at all the time at 99%", () => {
  test.each([SPARSE, BUSY])("$name: of 200 without a fault hardly one is called worse", (traffic) => {
    const { effect, none } = countFalseAlarms("alike", traffic, 200, SEED);
    expect([none?.alarms, effect?.alarms].every((alarms = 200) => alarms <= 4)).toBe(true);
  });

  test("chi-square at every look would call many more so", () => {
    expect(countFalseAlarms("chiSquare", BUSY, 200, SEED)["naive"]?.alarms).toBeGreaterThan(6);
  });

  test("a fault of 5% is found, and before the time is half over", () => {
    const { detected, medianS = Infinity } = measureDetection(BUSY, { fault: 0.05, effect: 0.005, canaries: 40, seed: SEED });
    expect(detected).toBeGreaterThan(0.9);
    expect(medianS).toBeLessThan(BUSY.lastsS / 2);
  });

  test("a step during an incident is no fault, where stretches are counted by themselves", () => {
    expect([countAlarmsOfStep("stretches", 40, SEED) <= 2, countAlarmsOfStep("totals", 40, SEED) > 20]).toEqual([true, true]);
  });

  test("latencies: hardly one that is alike is called slower, and half as slow again is found", () => {
    expect(countLatencyAlarms(BUSY, { slower: 1, effect: 0, canaries: 100, seed: SEED }).worse).toBeLessThanOrEqual(0.03);
    expect(countLatencyAlarms(BUSY, { slower: 1.5, effect: 0.1, canaries: 20, seed: SEED }).worse).toBeGreaterThan(0.7);
  });
});
