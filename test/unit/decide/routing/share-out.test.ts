import { expect, it } from "vitest";
import { compileRoutes } from "../../../../core/decide/routing/compile-routes.ts";
import { MOST_WEIGHT, shareOut, weightOf } from "../../../../core/decide/routing/share-out.ts";
import { withoutRequests } from "../../../../core/decide/routing/without-requests.ts";
import { factsOf, routesOf } from "./routing-case.ts";

function sharesOf(text: string, where: Parameters<typeof factsOf>[0]) {
  const facts = factsOf(where);
  return shareOut(compileRoutes(withoutRequests(routesOf(text)), facts).split, facts.instances);
}
const stable = (version: string) => ({ version, track: "stable" });

it("divides what a version is given over its passing instances, and gives one that fails as much as its like", () => {
  const shares = sharesOf("split: {2.0.0: 10, pin: 90}", { passing: ["1.0.0", "1.0.0", "1.0.0", "2.0.0"], failing: ["2.0.0"] });
  expect(shares.of(stable("1.0.0"))).toBeCloseTo(0.3);
  expect(shares.of(stable("2.0.0"))).toBeCloseTo(0.1);
  expect(shares.of(stable("3.0.0"))).toBe(0);
  expect(shares.largest).toBeCloseTo(0.3);
});

it("joins the shares of two destinations that mean the same instance", () => {
  const shares = sharesOf('split: {"track:green": 30, 2.0.0: 70}', { passing: ["2.0.0@green", "2.0.0"], pins: { stable: "1.0.0", green: "2.0.0" } });
  expect(shares.of({ version: "2.0.0", track: "green" })).toBeCloseTo(0.65);
  expect(shares.of(stable("2.0.0"))).toBeCloseTo(0.35);
});

it.each([
  { text: "failover: {to: elsewhere, active: true}", why: "another service can't be sent to" },
  { text: "{split: {9.9.9: 1}, none: fail}", why: "nobody can be refused" },
  { text: "rules: [{match: {path: /}, split: {2.0.0: 1}}]", why: "requests aren't seen" },
])("leaves out what it can't express: $why", ({ text }) => {
  const shares = sharesOf(text, { passing: ["1.0.0", "2.0.0"] });
  expect([shares.of(stable("1.0.0")), shares.of(stable("2.0.0"))]).toEqual([1, 0]);
});

it("gives a failover's track nothing until it takes over, then all", () => {
  const text = 'failover: {to: "track:backup", when: {passingBelow: 60%}}';
  const backup = { version: "1.0.0", track: "backup" };
  expect(sharesOf(text, { passing: ["1.0.0", "1.0.0@backup"] }).of(backup)).toBe(0);
  expect(sharesOf(text, { passing: ["1.0.0", "1.0.0@backup"], failing: ["1.0.0"] }).of(backup)).toBe(1);
});

it("has nobody take anything where nobody passes", () => {
  expect(sharesOf("{}", { passing: [], failing: ["1.0.0"] }).largest).toBe(0);
});

it.each([
  [0, 1, 0],
  [0.5, 0.5, MOST_WEIGHT],
  [0.25, 0.5, 32_768],
  [1e-9, 1, 1],
  [0.5, 0.2, MOST_WEIGHT],
])("a share of %d beside a largest of %d weighs %d", (share, largest, weight) => expect(weightOf(share, largest)).toBe(weight));
