import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod/mini";
import { describe, expect, it } from "vitest";
import { checkNames } from "../../../core/model/plan.ts";
import { EXIT } from "../../../cli/ending.ts";
import { type Kind, shapes } from "../../../cli/output/shapes.ts";
import { buildProgram } from "../../../cli/program.ts";
import { renderReference } from "./reference.ts";

const page = (name: string): URL => new URL(`../../../docs/reference/${name}`, import.meta.url);

async function examples(): Promise<readonly { kind: string; text: string }[]> {
  const text = await readFile(page("output.md"), "utf8");
  return text.split(/^## /m).slice(1).flatMap((section) => {
    const kind = section.slice(0, section.indexOf("\n"));
    return [...section.matchAll(/```json\n(.*?)```/gs)].map(([, json = ""]) => ({ kind, text: json }));
  });
}

describe("output.md", () => {
  it("has an example of every kind, each of its documented shape", async () => {
    const all = await examples();
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(Object.keys(shapes)));
    for (const { kind, text } of all) {
      const parsed = z.safeParse(shapes[kind as Kind], JSON.parse(text));
      expect({ kind, issues: parsed.error?.issues ?? [] }).toEqual({ kind, issues: [] });
    }
  });
});

describe("exit-codes.md", () => {
  it("has every exit code and every check", async () => {
    const text = await readFile(page("exit-codes.md"), "utf8");
    for (const exit of Object.values(EXIT).filter((code) => code !== EXIT.interrupted)) expect(text).toMatch(new RegExp(`^\\| ${exit} \\|`, "m"));
    for (const check of checkNames) expect(text).toContain(`| \`${check}\` |`);
  });
});

describe("cli.md", () => {
  it("is what the program says about itself", async () => {
    const program = await buildProgram({ version: "", words: undefined, output: {}, start: () => Promise.resolve() });
    const rendered = renderReference(program);
    if (process.env["UPDATE_DOCS"] === "1") await writeFile(page("cli.md"), rendered);
    expect(await readFile(page("cli.md"), "utf8")).toBe(rendered);
  });
});
