import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findArtifacts, readArtifactPattern } from "../../../../agent/releases/find-artifacts.ts";
import { readReleaseFor } from "../../../../agent/releases/read-release.ts";
import { watchReleases } from "../../../../agent/releases/watch-releases.ts";
import { systemClock } from "../../../../core/clock.ts";
import { renderConfigError } from "../../../../core/config/config-error.ts";
import type { Release } from "../../../../core/model/records.ts";
import { until } from "../../../support/until.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-releases-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});
const write = async (name: string, text = ""): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
};

describe("findArtifacts", () => {
  it.each([
    ["folders", "./releases/{{version}}", ["releases/1.0.0/server", "releases/2.0.0+b1/server"], ["1.0.0", "2.0.0+b1"], 0],
    ["a file inside", "./releases/{{version}}/server", ["releases/1.0.0/server", "releases/2.0.0/other"], ["1.0.0"], 0],
    ["names with more around", "./bin/server-{{version}}.js", ["bin/server-1.js", "bin/server-2.mjs", "bin/server-.js", "bin/x-1.js"], ["1"], 0],
    ["names that are no versions", "./releases/{{version}}", ["releases/1.0.0", "releases/two words", "releases/-x", "releases/a=b"], ["1.0.0"], 3],
    ["hidden names, which an atomic writer may leave", "./releases/{{version}}", ["releases/.2.0.0.tmp", "releases/1.0.0"], ["1.0.0"], 0],
    ["a folder that isn't there", "./releases/{{version}}", [], [], 0],
  ])("finds %s", async (_, pattern, files, versions, ignored) => {
    for (const file of files) await write(file);
    expect(await findArtifacts(readArtifactPattern(pattern, folder), [])).toEqual({ ok: true, value: { versions, ignored, strays: [] } });
  });

  it("says why a folder can't be looked through", async () => {
    await write("releases");
    expect(await findArtifacts(readArtifactPattern("./releases/{{version}}", folder), [])).toMatchObject({ ok: false, fault: expect.stringContaining("releases can't be looked through") });
  });
});

describe("a link in place of a version", () => {
  const found = async (pattern: string, ...linksInto: readonly string[]): Promise<object> => {
    const artifacts = await findArtifacts(readArtifactPattern(pattern, folder), linksInto.map((path) => join(folder, path)));
    return artifacts.ok ? { versions: artifacts.value.versions, strays: artifacts.value.strays.map(({ version }) => version) } : artifacts;
  };
  beforeEach(async () => {
    for (const file of ["releases/1.0.0/server", "releases-old/7/server", "store/7/server"]) await write(file);
    await symlink("store", join(folder, "shop"));
    await symlink("../store/7", join(folder, "releases/.hop"));
  });

  it.each([
    ["to another release", "1.0.0", [], true],
    ["to the whole disk", "/", [], false],
    ["to the folder of releases itself", ".", [], false],
    ["to what lies above", "..", [], false],
    ["to a folder that begins alike", "../releases-old/7", [], false],
    ["through another link, out of it", ".hop", [], false],
    ["to a folder that isn't named", "../store/7", ["elsewhere"], false],
    ["into a folder that is named", "../store/7", ["store"], true],
    ["to the named folder itself", "../store", ["store"], false],
    ["into a named folder that is a link", "../store/7", ["shop"], true],
  ])("%s (%s, may lead into %j): followed is %s", async (_, target, linksInto, isFollowed) => {
    await symlink(target, join(folder, "releases/9.9.9"));
    expect(await found("./releases/{{version}}", ...linksInto)).toEqual(isFollowed ? { versions: ["1.0.0", "9.9.9"], strays: [] } : { versions: ["1.0.0"], strays: ["9.9.9"] });
  });

  it("may be the folder of releases, which the agent's file names; not a file in a release; and nothing where it leads to nothing", async () => {
    await symlink("releases", join(folder, "current"));
    await symlink("gone", join(folder, "releases/9.9.9"));
    expect(await found("./current/{{version}}")).toEqual({ versions: ["1.0.0"], strays: [] });
    await mkdir(join(folder, "releases/2.0.0"));
    await symlink("/bin/sh", join(folder, "releases/2.0.0/server"));
    expect(await found("./releases/{{version}}/server")).toEqual({ versions: ["1.0.0"], strays: ["2.0.0"] });
  });

  it("says where it leads to, and what to do", async () => {
    await symlink("../store/7", join(folder, "releases/9.9.9"));
    expect(await findArtifacts(readArtifactPattern("./releases/{{version}}", folder), [])).toMatchObject({
      value: { strays: [{ version: "9.9.9", why: expect.stringMatching(/releases\/9\.9\.9 leads to .*\/store\/7, outside of .*\/releases, and is left alone: put the release itself there, or name .* "releases: \{linksInto: \[\.\.\.\]\}"/) as string }] },
    });
  });
});

describe("readReleaseFor", () => {
  it.each([
    ["release.yaml", "version: '1.0.0'\ncommit: abc"],
    ["release.yml", "version: '1.0.0'\ncommit: abc"],
    ["release.json", '{"version":"1.0.0","commit":"abc"}'],
  ])("reads %s inside", async (name, text) => {
    await write(`1.0.0/${name}`, text);
    expect(await readReleaseFor("1.0.0", join(folder, "1.0.0"))).toEqual({ ok: true, value: { version: "1.0.0", commit: "abc" } });
  });

  it("knows no more than the version of a bare folder, or of a file", async () => {
    await write("1.0.0/server");
    await write("2.0.0");
    expect(await readReleaseFor("1.0.0", join(folder, "1.0.0"))).toEqual({ ok: true, value: { version: "1.0.0" } });
    expect(await readReleaseFor("2.0.0", join(folder, "2.0.0"))).toEqual({ ok: true, value: { version: "2.0.0" } });
  });

  it.each([
    ["another version than its folder's", "version: '2.0.0'", /it says version 2\.0\.0, but lies in the folder of 1\.0\.0/],
    ["nonsense", "version: [", /release\.yaml:1:/],
  ])("refuses a file that says %s", async (_, text, expected) => {
    await write("1.0.0/release.yaml", text);
    const read = await readReleaseFor("1.0.0", join(folder, "1.0.0"));
    expect(read.ok ? "" : read.fault.map(renderConfigError).join()).toMatch(expected);
  });

  it.each([
    ["is a link out of its release", async (file: string) => (await write("secret", "version: '1.0.0'"), symlink("../secret", file)), /is a link to .*secret, outside of its release/],
    ["is a FIFO that nobody writes to", async (file: string) => void execFileSync("mkfifo", [file]), /it is no file/],
    ["is a folder", async (file: string) => mkdir(file), /it is no file/],
    ["is a device", async (file: string) => symlink("/dev/zero", file), /is a link to \/dev\/zero/],
    ["is huge", async (file: string) => (await writeFile(file, ""), truncate(file, 2 ** 40)), /1099511627776 bytes long/],
    ["multiplies itself", async (file: string) => writeFile(file, ["a: &a [x, x, x, x, x, x, x, x, x]", ..."bcdefghi".split("").map((name, at) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${"abcdefgh"[at]}`).join()}]`)].join("\n")), /release\.yaml:\d+:/],
  ])("refuses a file that %s", async (_, make, expected) => {
    await write("1.0.0/server");
    await make(join(folder, "1.0.0", "release.yaml"));
    const read = await readReleaseFor("1.0.0", join(folder, "1.0.0"));
    expect(read.ok ? "" : read.fault.map(renderConfigError).join()).toMatch(expected);
  });

  it("follows a release that is itself a link, and links inside of it", async () => {
    await write("builds/7/facts.yaml", "version: '1.0.0'\ncommit: abc");
    await symlink("facts.yaml", join(folder, "builds/7/release.yaml"));
    await symlink("builds/7", join(folder, "1.0.0"));
    expect(await readReleaseFor("1.0.0", join(folder, "1.0.0"))).toEqual({ ok: true, value: { version: "1.0.0", commit: "abc" } });
  });
});

/** Whole at once: a file that is written in place is empty for a moment, and may be read just then. */
async function replace(name: string, text: string): Promise<void> {
  await write(`coming/${name}`, text);
  await rename(join(folder, "coming", name), join(folder, name));
}

describe("watchReleases", () => {
  const watched = async (signal: AbortSignal) => {
    const seen = { releases: [] as Release[], bad: [] as string[], artifacts: [] as (readonly string[])[], faults: [] as string[] };
    await watchReleases(
      { artifacts: "./releases/{{version}}", linksInto: [], file: "./release.yaml" },
      folder,
      {
        onRelease: (release) => seen.releases.push(release),
        onBadRelease: (errors) => seen.bad.push(...errors.map(renderConfigError)),
        onArtifacts: (versions) => seen.artifacts.push(versions),
        onFault: (message) => seen.faults.push(message),
      },
      { clock: systemClock, signal },
    );
    return seen;
  };

  it("tells what is there at once, then what comes and goes, each once", async () => {
    const ended = new AbortController();
    await write("releases/1.0.0/server");
    const seen = await watched(ended.signal);
    expect(seen).toEqual({ releases: [{ version: "1.0.0" }], bad: [], artifacts: [["1.0.0"]], faults: [] });

    await write("coming/2.0.0/release.yaml", "version: '2.0.0'\ncommit: abc");
    await rename(join(folder, "coming/2.0.0"), join(folder, "releases/2.0.0"));
    await until("2.0.0 is told", () => seen.releases.length === 2);
    await replace("release.yaml", "version: 3.0");
    await until("the bad file is told", () => seen.bad.length === 1);
    await replace("release.yaml", "version: '3.0'");
    await until("the mended file is told", () => seen.releases.length === 3);
    await rm(join(folder, "releases/1.0.0"), { recursive: true });
    await until("1.0.0 is gone", () => seen.artifacts.at(-1)?.join() === "2.0.0");

    expect(seen.releases).toEqual([{ version: "1.0.0" }, { version: "2.0.0", commit: "abc" }, { version: "3.0" }]);
    expect(seen.bad).toEqual(['release.yaml:1:10: version: needs text, not 3: put it in quotes, "3.0"']);
    expect(seen.artifacts.map((versions) => versions.join())).toEqual(["1.0.0", "1.0.0,2.0.0", "2.0.0"]);
    ended.abort();
  });

  it("does not take a folder that is being filled for one that says nothing", async () => {
    const ended = new AbortController();
    await mkdir(join(folder, "releases"));
    const seen = await watched(ended.signal);
    await mkdir(join(folder, "releases/1.0.0"));
    await until("the folder is noticed", () => seen.artifacts.at(-1)?.join() === "1.0.0", { everyMs: 5 });
    await write("releases/1.0.0/release.yaml", "version: '1.0.0'\ncommit: abc");
    await until("the release is told", () => seen.releases.length > 0);
    expect(seen.releases).toEqual([{ version: "1.0.0", commit: "abc" }]);
    ended.abort();
  });
});
