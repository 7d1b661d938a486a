import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { olderPart, readLastLines } from "../../../agent/process/output.ts";
import { until } from "../../support/until.ts";
import { BESIDE, type Rig, ask, createRig } from "./rig.ts";

const LIMIT = 1024 * 1024;

let rig: Rig;
afterEach(() => rig.end());

it("a gigabyte of output neither fills the disk nor slows the agent", async () => {
  rig = await createRig({ ...BESIDE, outputBytes: LIMIT });
  await rig.deliver("1.0.0", "prints-a-gigabyte");
  await rig.go(rig.change({ version: "1.0.0" }));
  const folder = join(rig.folder, "state", "process", rig.instance, "output");
  const [name = ""] = await readdir(folder);
  const path = join(folder, name);
  let largest = 0;
  let latest = performance.now();
  let longestPause = 0;
  await until("all is printed", async () => {
    const now = performance.now();
    longestPause = Math.max(longestPause, now - latest);
    latest = now;
    largest = Math.max(largest, (await stat(path)).size);
    return (await ask(rig.endpoint())) === "0";
  }, { everyMs: 5, deadlineMs: 50_000 });
  await until("the file is small again", async () => (await stat(path)).size <= LIMIT);
  // Far below what was printed: how far depends on how often the agent gets its turn while a gigabyte is written in a second.
  expect(largest).toBeLessThan(600 * 1024 * 1024);
  expect(longestPause).toBeLessThan(3_000);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(olderPart(path))).size).toBeLessThanOrEqual(2 * LIMIT);
  expect(await readLastLines(path)).toMatch(/x{127}$/);
  await ask(`${rig.endpoint()}/last-line`);
  expect(await readLastLines(path)).toMatch(/x{127}\nthe last line$/);
  console.log(`= largest ${Math.round(largest / 1024 / 1024)} MiB for a limit of 1 MiB; longest pause ${Math.round(longestPause)} ms`);
});
