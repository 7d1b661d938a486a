import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const PROVE = fileURLToPath(new URL("../../../scripts/prove.js", import.meta.url));

/** It looks for the tests of every campaign as it starts. */
test("every campaign has the tests that it names", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROVE, "--list"]);
  expect(stdout).toMatch(/^startup {6}how fast the CLI starts, about 1 min$/m);
});
