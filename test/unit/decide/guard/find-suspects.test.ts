import { expect, test } from "vitest";
import { findSuspects } from "../../../../core/decide/guard/find-suspects.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import { type Story, factsOf, pinned, timeOf } from "../facts.ts";

const both = (stable: string, canary: string): DesiredState => ({ pins: { stable, canary } });
const briefly = (story: Story): readonly string[] => findSuspects(factsOf(story)).map(({ cause, suspect: { baseline, since }, wentBack }) => `${cause} since ${since}, against ${baseline ?? "nothing"}${wentBack ? ", went back" : ""}`);

test.each<[string, Story, readonly string[]]>([
  ["nothing was ever pinned", { states: [] }, []],
  ["the first pin has nothing to be compared with", { states: [pinned("1")] }, [`stable:1@1 since ${timeOf(1)}, against nothing`]],
  ["what was there before is the baseline", { states: [pinned("1"), pinned("2")] }, [`stable:2@2 since ${timeOf(2)}, against 1`]],
  ["a revision that leaves the pin alone changes nothing", { states: [pinned("1"), pinned("2"), pinned("2", { config: "x" })] }, [`stable:2@2 since ${timeOf(2)}, against 1`]],
  ["a second move to a version is another cause", { states: [pinned("2"), pinned("1"), pinned("2")] }, [`stable:2@3 since ${timeOf(3)}, against 1`]],
  ["a condemned version is no baseline", { states: [pinned("1"), pinned("2"), pinned("3")], verdicts: { "2": "condemned" } }, [`stable:3@3 since ${timeOf(3)}, against 1`]],
  ["another track is compared with what runs beside it", { states: [pinned("1"), both("1", "2")] }, [`canary:2@2 since ${timeOf(2)}, against 1`, `stable:1@1 since ${timeOf(1)}, against nothing`]],
  ["another track of the same version with what it was before", { states: [both("1", "1"), both("2", "1"), both("2", "2")] }, [`canary:2@3 since ${timeOf(3)}, against 1`, `stable:2@2 since ${timeOf(2)}, against 1`]],
  ["what is unpinned on purpose is nobody's", { states: [pinned("1"), pinned("none")] }, []],
])("%s", (_name, story, expected) => {
  expect(briefly(story)).toEqual(expected);
});
