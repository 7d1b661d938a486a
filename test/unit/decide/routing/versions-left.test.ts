import { expect, test } from "vitest";
import { versionsLeft } from "../../../../core/decide/routing/versions-left.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";

const state = (stable: string, more: Readonly<Record<string, string>> = {}, routes: string | null = "split: {1: 1}"): DesiredState => ({ pins: { stable, ...more }, routes: routes ?? undefined });

test.each<[string, readonly string[], DesiredState, DesiredState, readonly string[]]>([
  ["a flip leaves what was pinned", [], state("1"), state("2"), ["1"]],
  ["and one after it, both", ["1"], state("2"), state("3"), ["1", "2"]],
  ["back again: it isn't left", ["1"], state("2"), state("1"), ["2"]],
  ["another track holds it still", [], state("1", { canary: "1" }), state("2", { canary: "1" }), []],
  ["another track leaves it", [], state("1", { canary: "2" }), state("1", { canary: "1" }), ["2"]],
  ["whoever writes the routes says anew what is meant", ["1"], state("2"), state("3", {}, "split: {1: 2}"), []],
  ["without routes nothing can be named", ["1"], state("1", {}, null), state("2", {}, null), []],
  ["something else changes", ["1"], state("2"), { ...state("2"), config: "c" }, ["1"]],
  ["unpinned is no version", [], state("none"), state("2"), []],
])("%s", (_, former, before, after, left) => {
  expect(versionsLeft(former, before, after)).toEqual(left);
});

test("a list that is kept in the head stays short", () => {
  const versions = Array.from({ length: 40 }, (_, at) => String(at));
  expect(versions.reduce<readonly string[]>((left, version) => versionsLeft(left, state(version), state("x")), []).length).toBe(16);
});
