import { expect, test } from "vitest";
import { type Known, describeOddNeeds } from "../../../../core/decide/group/describe-needs.ts";

const versions = (...all: readonly string[]): Known => ({ kind: "versions", versions: all });

test.each<[string, Known | undefined, readonly string[]]>([
  ["a version is in the range", versions("1.9.0", "2.3.0"), []],
  ["none is", versions("1.9.0", "1.10.0"), ["shop 3.0.0 requires payments ^2.1, and none of the 2 registered versions of payments is in that range; the newest is 1.10.0"]],
  ["one can't be compared", versions("1.9.0", "main"), []],
  ["none is registered yet", versions(), []],
  ["nobody knows the service", { kind: "unknown" }, ["shop 3.0.0 requires payments ^2.1, and no service payments is known here: is the name right?"]],
  ["nobody may look", { kind: "unseen" }, []],
  ["nobody looked", undefined, []],
])("needs of a release where %s", (_, known, expected) => {
  expect(describeOddNeeds("shop", { version: "3.0.0", requires: { payments: "^2.1" } }, new Map(known === undefined ? [] : [["payments", known]]))).toEqual(expected);
});
