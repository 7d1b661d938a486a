import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder, programOnPath } from "../../../cli/launcher/cache-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-cache-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("cacheFolder", () => {
  it("follows XDG_CACHE_HOME, else HOME", async () => {
    expect(await cacheFolder({ XDG_CACHE_HOME: join(folder, "xdg"), HOME: folder }, "consul")).toBe(join(folder, "xdg/rollpin/consul"));
    expect(await cacheFolder({ HOME: folder }, "consul")).toBe(join(folder, ".cache/rollpin/consul"));
    expect(await cacheFolder({ XDG_CACHE_HOME: "relative", HOME: folder }, "consul")).toBe(join(folder, ".cache/rollpin/consul"));
  });

  it.each([["a HOME that is a file", true], ["no HOME at all", false]])("falls back to a temporary folder that others can't write to, with %s", async (_, isSet) => {
    const home = join(folder, "file");
    await writeFile(home, "");
    const found = await cacheFolder(isSet ? { HOME: home } : {}, "consul");
    expect(found).toBe(join(tmpdir(), `rollpin-cache-${userInfo().uid}`, "consul"));
    expect((await stat(join(found, ".."))).mode & 0o022).toBe(0);
  });
});

describe("programOnPath", () => {
  it("takes the first that can be run, and never one relative to where we stand", async () => {
    for (const name of ["a", "b"]) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "consul"), "");
    }
    await chmod(join(folder, "b", "consul"), 0o755);
    expect(programOnPath({ PATH: `:.:${folder}/none:${folder}/a:${folder}/b` }, "consul")).toBe(join(folder, "b/consul"));
    expect(programOnPath({}, "consul")).toBeUndefined();
  });
});
