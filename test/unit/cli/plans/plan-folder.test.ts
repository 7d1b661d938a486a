import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPlanFolder } from "../../../../cli/plans/plan-folder.ts";
import { ok } from "../../../../core/model/result.ts";

let state = "";
beforeEach(async () => void (state = await mkdtemp(join(tmpdir(), "rp-plans-"))));
afterEach(() => rm(state, { recursive: true, force: true }));

const fingerprint = (number: number): string => number.toString(16).padStart(64, "0");

describe("the folder of plans", () => {
  it("is for its user alone, and finds what was kept by a beginning", async () => {
    const folder = createPlanFolder({ XDG_STATE_HOME: state });
    expect(folder.place).toBe(join(state, "rollpin", "plans"));
    await folder.keep(fingerprint(1), "one");
    await folder.keep(fingerprint(1), "one again");
    expect(await folder.find(fingerprint(1).slice(0, 63))).toEqual(ok([{ fingerprint: fingerprint(1), text: "one again" }]));
    expect(await folder.find("f".repeat(8))).toEqual(ok([]));
    const modes = await Promise.all([folder.place, join(folder.place, `${fingerprint(1)}.json`)].map(async (path) => (await stat(path)).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600]);
  });

  it("keeps the newest hundred, and nothing of anybody else's is removed", async () => {
    const folder = createPlanFolder({ XDG_STATE_HOME: state });
    for (let at = 1; at <= 100; at += 1) {
      await folder.keep(fingerprint(at), "");
      await utimes(join(folder.place, `${fingerprint(at)}.json`), at, at);
    }
    await writeFile(join(folder.place, "notes.txt"), "");
    await folder.keep(fingerprint(101), "");
    const names = await readdir(folder.place);
    expect(names).toHaveLength(101);
    expect(names).not.toContain(`${fingerprint(1)}.json`);
    expect(names).toContain("notes.txt");
  });

  it("is empty before the first, and says why it can't be written", async () => {
    expect(await createPlanFolder({ HOME: state }).find("00000000")).toEqual(ok([]));
    await writeFile(join(state, "rollpin"), "a file");
    expect(await createPlanFolder({ XDG_STATE_HOME: state }).keep(fingerprint(1), "")).toMatchObject({ ok: false, fault: expect.stringMatching(/ENOTDIR|EEXIST/) as unknown });
    expect((await createPlanFolder({ XDG_STATE_HOME: "relative" }).keep(fingerprint(1), "")).ok).toBe(false);
  });
});
