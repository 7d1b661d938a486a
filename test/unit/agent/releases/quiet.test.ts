import { mkdtemp, mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createQuiet } from "../../../../agent/releases/quiet.ts";

let folder: string;
let now: number;
let quietFor: (path: string) => Promise<number>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-quiet-"));
  now = 1_000;
  quietFor = createQuiet({ monotonic: () => now });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const HOUR = 3_600;
it.each([
  ["now", () => Date.now() / 1_000],
  ["an hour ago", () => Date.now() / 1_000 - HOUR],
  ["in an hour", () => Date.now() / 1_000 + HOUR],
  ["in ten years", () => Date.now() / 1_000 + 87_600 * HOUR],
  ["in 1970", () => 0],
])("counts from the last change that was seen, though the folder says that it was %s", async (_, time) => {
  await utimes(folder, time(), time());
  expect(await quietFor(folder)).toBe(0);
  now += 400;
  expect(await quietFor(folder)).toBe(400);
  await utimes(folder, time() + 1, time() + 1);
  now += 50;
  expect(await quietFor(folder)).toBe(0);
  now += 600;
  expect(await quietFor(folder)).toBe(600);
});

it("knows one that took another's place, and one that was gone meanwhile", async () => {
  const path = join(folder, "1.0.0");
  await mkdir(path);
  await utimes(path, 0, 0);
  await quietFor(path);
  now += 900;
  await rm(path, { recursive: true });
  expect(await quietFor(path)).toBe(Number.POSITIVE_INFINITY);
  await mkdir(path);
  await utimes(path, 0, 0);
  expect(await quietFor(path)).toBe(0);
});

it("takes a file for quiet: it is read whole", async () => {
  await writeFile(join(folder, "server"), "");
  expect(await quietFor(join(folder, "server"))).toBe(Number.POSITIVE_INFINITY);
});
