import { describe, expect, it } from "vitest";
import { actionKinds, faultKinds, planSchedule } from "../../campaign/schedule.ts";

const options = { seed: 7, faults: 400, agents: 3, services: ["a", "b"], versions: ["1.0.0", "2.0.0"] } as const;

describe("a campaign's schedule", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(planSchedule(options)).toEqual(planSchedule(options));
    expect(planSchedule({ ...options, seed: 8 })).not.toEqual(planSchedule(options));
  });

  it("begins as a longer one of the same seed does", () => {
    expect(planSchedule({ ...options, faults: 800 }).slice(0, 400)).toEqual(planSchedule(options));
  });

  it("has every fault, every action and every agent in it", () => {
    const faults = planSchedule(options);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
    expect(new Set(faults.map(({ action }) => action.kind))).toEqual(new Set(actionKinds));
    expect(new Set(faults.map(({ agent }) => agent))).toEqual(new Set([0, 1, 2]));
  });
});
