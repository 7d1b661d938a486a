import { appendFile, mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cutOutput, makeVisible, olderPart, readLastLines } from "../../../../agent/process/output.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-output-"));
  path = join(folder, "a.log");
});
afterEach(() => rm(folder, { recursive: true }));

it("shows what a terminal would obey", () => {
  expect(makeVisible("a\u001b[2Jb\r\nc\td\u0000\u0007\u202Ee\u{E0001}")).toBe("a\\x1b[2Jb\nc\td\\x00\\x07\\u{202e}e\\u{e0001}");
  expect(makeVisible("schön 数 🎉")).toBe("schön 数 🎉");
});

it("reads the last 2 KB, in whole characters", async () => {
  await writeFile(path, `${"ä".repeat(3_000)}!\n`);
  const lines = await readLastLines(path);
  expect(lines).toMatch(/^ä+!$/);
  expect(Buffer.byteLength(lines)).toBeLessThanOrEqual(2_048);
  expect(Buffer.byteLength(lines)).toBeGreaterThan(2_040);
  expect(await readLastLines(join(folder, "missing"))).toBe("");
});

it("is cut past its limit, and its newest part is kept beside it", async () => {
  await writeFile(path, "0123456789");
  expect(await cutOutput(path, 10)).toBe(false);
  expect(await cutOutput(path, 8)).toBe(true);
  expect(await readFile(path, "utf8")).toBe("");
  expect(await readFile(olderPart(path), "utf8")).toBe("6789");
  await appendFile(path, "ab");
  expect(await readLastLines(path)).toBe("6789ab");
});

it("keeps what a process goes on appending", async () => {
  const writer = await open(path, "a");
  await writer.write("0123456789");
  await cutOutput(path, 8);
  await writer.write("!");
  await writer.close();
  expect(await readFile(path, "utf8")).toBe("!");
});

it("is cut all the same where its newest part can't be kept: a full disk gets its room back", async () => {
  await writeFile(path, "0123456789");
  // A folder of that name can't be written either.
  await mkdir(olderPart(path));
  expect(await cutOutput(path, 8)).toBe(true);
  expect(await readFile(path, "utf8")).toBe("");
});
