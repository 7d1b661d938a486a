import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { describe, expect, it } from "vitest";
import { ATTRIBUTES, MARKER, treeHeadSchema } from "../../../core/model/tree.ts";

const page = readFileSync(new URL("../../../docs/reference/tree.md", import.meta.url), "utf8");

describe("docs/reference/tree.md", () => {
  it("shows a head.json with every field that there is", () => {
    const example: unknown = JSON.parse(/```json treeHead\n([^`]*)```/.exec(page)?.[1] ?? "no such example");
    expect(z.safeParse(treeHeadSchema, example).error?.issues).toBeUndefined();
    expect(Object.keys(example as object).sort()).toEqual(Object.keys(treeHeadSchema.shape).sort());
  });

  it("names every file", () => {
    for (const name of [MARKER, ATTRIBUTES, "pin", "pin.<track>", "config", "routes", "pace", "head.json", "releases/<version>.json", "verdicts/<version>.json"]) expect(page).toContain(name);
  });
});
