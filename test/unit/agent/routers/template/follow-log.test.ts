import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { followLog } from "../../../../../agent/routers/template/follow-log.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-log-"));
  path = join(folder, "answers.log");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("counts what was added since the last look, whole lines only, and not what stood there before", async () => {
  await writeFile(path, "10.0.0.1:80 200\n");
  const log = followLog(path);
  expect(await log.read()).toEqual([]);
  await appendFile(path, "10.0.0.1:80 200\n[fd00::1]:80 404\n10.0.0.1:80 200\n- 503\n10.0.0.1:8");
  expect(await log.read()).toEqual([
    { authority: "10.0.0.1:80", status: 200, times: 2 },
    { authority: "[fd00::1]:80", status: 404, times: 1 },
    { authority: undefined, status: 503, times: 1 },
  ]);
  await appendFile(path, "1 500\n");
  expect(await log.read()).toEqual([{ authority: "10.0.0.1:81", status: 500, times: 1 }]);
  expect(await log.read()).toEqual([]);
});

it("of instances that a request was tried at, the last answered; what is no such line counts for nothing", async () => {
  const log = followLog(path);
  expect(await log.read()).toEqual([]);
  await writeFile(path, "10.0.0.1:80, 10.0.0.2:80 200\n10.0.0.1:80 : 10.0.0.3:80 200\nGET / 200\nnonsense\n10.0.0.1:80\n10.0.0.1:80 200 7\n");
  expect((await log.read()).map(({ authority }) => authority)).toEqual(["10.0.0.2:80", "10.0.0.3:80"]);
});

it("goes on in a log that was rotated, cut, or taken away for a while", async () => {
  const log = followLog(path);
  await log.read();
  await writeFile(path, "10.0.0.1:80 200\n".repeat(3));
  expect(await log.read()).toMatchObject([{ times: 3 }]);
  await rename(path, `${path}.1`);
  await writeFile(path, "10.0.0.1:80 200\n".repeat(4));
  expect(await log.read()).toMatchObject([{ times: 4 }]);
  await truncate(path);
  await appendFile(path, "10.0.0.1:80 200\n");
  expect(await log.read()).toMatchObject([{ times: 1 }]);
  await rm(path);
  expect(await log.read()).toEqual([]);
  await writeFile(path, "10.0.0.1:80 200\n".repeat(2));
  expect(await log.read()).toMatchObject([{ times: 2 }]);
});

it("reads the newest part of what grew too much", async () => {
  const log = followLog(path);
  await log.read();
  await writeFile(path, `${"x".repeat(9 * 1024 * 1024)}\n10.0.0.1:80 200\n`);
  expect(await log.read()).toEqual([{ authority: "10.0.0.1:80", status: 200, times: 1 }]);
});
