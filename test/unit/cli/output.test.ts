import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { countChanges, lineChanges } from "../../../cli/output/line-changes.ts";
import { visible, widthOf } from "../../../cli/output/screen.ts";
import { table, wrap } from "../../../cli/output/table.ts";
import { firstFew } from "../../../core/model/first-few.ts";
import { yamlOf } from "../../../cli/output/yaml.ts";

describe("yamlOf", () => {
  it("is read back as the same value by a YAML library, whatever the value", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("yes", "null", "1.0.0", "1.0", "- a", "a: b", "# c", "0x10", "2026-11-21", "~", "", " x", "x ", "multi\nline", "!override", "<<"));
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ depthSize: "small" }, text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(tie("any"), { maxLength: 4 }), fc.dictionary(text.filter((key) => key !== "__proto__"), tie("any"), { maxKeys: 4 })),
    })).any;
    // Vitest's own comparison takes a hundred times as long.
    fc.assert(fc.property(value, (given) => isDeepStrictEqual(parse(yamlOf(given)), JSON.parse(JSON.stringify(given)))), { numRuns: 200 });
  });
});

describe("lineChanges", () => {
  it.each([
    { before: "a\nb\n", after: "a\nb\n", shows: [] },
    { before: undefined, after: "a\n", shows: ["+1 a"] },
    { before: "a\n", after: undefined, shows: ["-1 a"] },
    { before: "a\nb\nc\n", after: "a\nx\nc\n", shows: ["-2 b", "+2 x"] },
    { before: "a\nb\n", after: "b\na\n", shows: ["-1 a", "+1 b", "-2 b", "+2 a"] },
    { before: "a", after: "a\n", shows: ["-2 \\ no line break at the end"] },
    { before: "a\na\n", after: "a\n", shows: ["-2 a"] },
  ])("$before to $after", ({ before, after, shows }) => {
    expect(lineChanges(before, after).map(({ sign, line, text }) => `${sign}${line} ${text}`)).toEqual(shows);
  });

  it("shows something whenever, and only when, texts differ", () => {
    const text = fc.array(fc.constantFrom("a", "b", "", "c"), { maxLength: 6 }).map((lines) => lines.join("\n"));
    fc.assert(fc.property(text, text, (before, after) => {
      expect(lineChanges(before, after).length > 0).toBe(before !== after);
    }));
  });

  it("counts", () => {
    expect(countChanges(lineChanges("a\nb\n", "a\nx\ny\n"))).toBe("+2 -1 lines");
  });
});

describe("text for terminals", () => {
  it("holds no control character and no direction override", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      // eslint-disable-next-line no-control-regex -- these are the characters it is about
      expect(visible(text)).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
    }));
  });

  it("wraps at words and keeps the first indent", () => {
    expect(wrap("  a bb ccc dddd", 8, "    ")).toBe("  a bb\n    ccc\n    dddd");
  });

  it("fits columns to their widest cell, colours not counted", () => {
    const red = "\u001B[31mab\u001B[39m";
    expect(widthOf(red)).toBe(2);
    expect(table(["X", "LONG"], [[red, "1"], ["abc", "2"]])).toBe(`X    LONG\n${red}   1\nabc  2`);
  });

  it("names the first few", () => {
    expect(firstFew(["a", "b", "c"])).toBe("a, b, c");
    expect(firstFew(Array.from({ length: 40 }, (_, index) => `i${index}`))).toBe("i0, i1, i2 and 37 more");
  });
});
