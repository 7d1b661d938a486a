import { describe, expect, it } from "vitest";
import { type Entries, onlyChange } from "../../../../agent/haproxy/map-entries.ts";

const entries = (...pairs: readonly (readonly [string, string])[]): Entries => pairs.map(([key, value]) => ({ key, value }));
const BEFORE = entries(["0:99", "a"], ["100:9999", "b"]);

describe("the only change of a map", () => {
  it.each([
    ["one value", BEFORE, entries(["0:99", "a"], ["100:9999", "c"]), { key: "100:9999", value: "c" }],
    ["nothing", BEFORE, BEFORE, undefined],
    ["two values", BEFORE, entries(["0:99", "b"], ["100:9999", "a"]), undefined],
    ["a key", BEFORE, entries(["0:98", "a"], ["100:9999", "b"]), undefined],
    ["the order", BEFORE, entries(["100:9999", "b"], ["0:99", "a"]), undefined],
    ["an entry more", BEFORE, [...BEFORE, { key: "10000:19999", value: "a" }], undefined],
    ["a value whose key stands there twice", entries(["0:99", "a"], ["0:99", "b"]), entries(["0:99", "a"], ["0:99", "c"]), undefined],
  ])("%s", (_, from, to, change) => {
    expect(onlyChange(from, to)).toEqual(change);
  });
});
