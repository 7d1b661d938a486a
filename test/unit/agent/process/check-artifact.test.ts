import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkArtifact } from "../../../../agent/process/check-artifact.ts";
import { parseSettings } from "../../../integration/process/loop-step.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-artifact-"));
  for (const path of ["releases/1.0.0/venv/bin", "releases/1.0.0/bin", "store/7/bin"]) await mkdir(join(folder, path), { recursive: true });
  for (const path of ["releases/1.0.0/bin/server", "store/7/bin/server", "store/server-2.0.0"]) await writeFile(join(folder, path), "", { mode: 0o755 });
  // A virtual environment's interpreter is the system's.
  await symlink("/bin/sh", join(folder, "releases/1.0.0/venv/bin/python"));
  await symlink("../store/7", join(folder, "releases/2.0.0"));
  await symlink("../store/server-2.0.0", join(folder, "releases/server-2.0.0"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const checked = (command: readonly string[], version: string, { directory, linksInto = [] }: { readonly directory?: string; readonly linksInto?: readonly string[] } = {}) =>
  checkArtifact({ settings: parseSettings({ command, ready: { command: ["true"] }, ...(directory === undefined ? {} : { directory }) }), folder, linksInto: linksInto.map((path) => join(folder, path)) }, version);

it.each([
  ["a program", ["./releases/{{version}}/bin/server"], undefined],
  ["a program whose name holds the version", ["./releases/server-{{version}}"], undefined],
  ["a folder", ["sh", "run"], "./releases/{{version}}"],
  ["an argument", ["node", "./releases/{{version}}/server.js"], undefined],
  ["an argument, relative to the folder that is named", ["node", "{{version}}/server.js"], "./releases"],
  ["an argument behind its name", ["node", "--root=./releases/{{version}}/"], undefined],
])("a version that is a link to elsewhere is refused in %s", async (_, command, directory) => {
  const more = directory === undefined ? {} : { directory };
  expect(await checked(command, "2.0.0", more)).toEqual({ ok: false, fault: expect.stringMatching(/^version 2\.0\.0 can't run here: .*releases\/(server-)?2\.0\.0 leads to .*\/store\/.*linksInto/) as string });
  expect(await checked(command, "2.0.0", { ...more, linksInto: ["store"] })).toEqual({ ok: true, value: undefined });
});

it.each([
  ["links inside of a release are its own", ["./releases/{{version}}/venv/bin/python", "./releases/{{version}}/app.py"]],
  ["what isn't there yet is the program's business", ["sh", "/var/lib/{{version}}/data", "https://example.com/{{version}}", "--version={{version}}"]],
])("%s", async (_, command) => {
  expect(await checked(command, "1.0.0")).toEqual({ ok: true, value: undefined });
});
