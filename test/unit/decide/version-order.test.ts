import { expect, test } from "vitest";
import { compareVersions, newestFirst } from "../../../core/decide/version-order.ts";

const registered = new Map([["1.10.0", 1], ["1.9.0", 2], ["nightly", 3], ["2024-01", 4], ["1.9.0+b2", 5], ["2.0.0-rc.1", 6], ["2.0.0", 7]]);
const at = (version: string): number | undefined => registered.get(version);

test.each<[string, string, number]>([
  ["1.9.0", "1.10.0", -1],
  ["2.0.0-rc.1", "2.0.0", -1],
  ["1.9.0", "1.9.0+b2", -1],
  ["nightly", "2024-01", -1],
  ["2.0.0", "nightly", 1],
  ["unknown", "nightly", -1],
  ["nightly", "nightly", 0],
])("%s and %s", (a, b, order) => {
  expect(Math.sign(compareVersions(a, b, at))).toBe(order);
  expect(Math.sign(compareVersions(b, a, at)) + order).toBe(0);
});

test("newest first, by semver whatever the order of registration", () => {
  expect(newestFirst(["1.10.0", "2.0.0-rc.1", "1.9.0", "2.0.0"], at)).toEqual(["2.0.0", "2.0.0-rc.1", "1.10.0", "1.9.0"]);
});
