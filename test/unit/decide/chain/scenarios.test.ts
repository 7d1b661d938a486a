/** A slice of `npm run prove -- chain`. */
import { describe, expect, it } from "vitest";
import { playScenario } from "../../../bench/chain/scenario.ts";

describe("generated systems", () => {
  it.each([
    { seed: 1, services: 10, versionFaults: 0, otherFaults: 2, lost: 0.01 },
    { seed: 2, services: 10, versionFaults: 1, otherFaults: 0, lost: 0.01 },
    { seed: 3, services: 30, versionFaults: 1, otherFaults: 0, lost: 0.01 },
    { seed: 4, services: 10, versionFaults: 2, otherFaults: 0, lost: 0 },
  ])("blames what is bad and nothing else: $services services, $versionFaults bad versions, $otherFaults other faults, seed $seed", (wanted) => {
    const { blamed, blamedUnchanged, faulty } = playScenario({ ...wanted, late: 0.05 });
    expect(blamed.toSorted()).toEqual(faulty.toSorted());
    expect(faulty).toHaveLength(wanted.versionFaults);
    expect(blamedUnchanged).toEqual([]);
  });
});
