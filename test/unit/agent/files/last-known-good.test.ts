import { mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LastKnownGood, readLastKnownGood, writeLastKnownGood } from "../../../../agent/files/last-known-good.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "rollpin-lkg-")), "state");
});
afterEach(async () => {
  await rm(join(folder, ".."), { recursive: true, force: true });
});

const value: LastKnownGood = { format: 1, service: "checkout", instance: "c-1", track: "stable", revision: 7, digest: "d", state: { pins: { stable: "1.0.0" }, config: "a\u0000b\u{1F600}" }, at: "2026-01-01T00:00:00.000Z" };
const owner = { service: "checkout", instance: "c-1", track: "stable" };
const file = (): string => join(folder, "last-known-good.json");

describe("last known good", () => {
  it("is read as it was written, and is nobody else's to read", async () => {
    await writeLastKnownGood(folder, { ...value, revision: 6 });
    await writeLastKnownGood(folder, value);
    expect(await readLastKnownGood(folder, owner)).toEqual({ ok: true, value });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(["last-known-good.json"]);
  });

  it("is undefined where there is none", async () => {
    expect(await readLastKnownGood(folder, owner)).toEqual({ ok: true, value: undefined });
  });

  it("is never believed when it is cut short, at whatever byte", async () => {
    await writeLastKnownGood(folder, value);
    const { size } = await stat(file());
    for (let length = size - 2; length >= 0; length--) {
      await truncate(file(), length);
      expect(await readLastKnownGood(folder, owner), `${length} bytes`).toMatchObject({ ok: false, fault: expect.stringContaining("is ignored") });
    }
  });

  it("is never believed when a character of what it says was changed", async () => {
    await writeLastKnownGood(folder, value);
    await writeFile(file(), (await readFile(file(), "utf8")).replace("1.0.0", "1.0.1"));
    expect(await readLastKnownGood(folder, owner)).toMatchObject({ ok: false, fault: expect.stringContaining("checksum") });
  });

  it.each([["", "cut short"], ["null", "cut short"], ['{"format":1}', "cut short"], ["\u0000\u0001", "cut short"]])("refuses the foreign file %j", async (text, why) => {
    await writeLastKnownGood(folder, value);
    await writeFile(file(), text);
    expect(await readLastKnownGood(folder, owner)).toMatchObject({ ok: false, fault: expect.stringContaining(why) });
  });

  it("refuses a later format", async () => {
    await writeLastKnownGood(folder, { ...value, format: 2 as 1 });
    expect(await readLastKnownGood(folder, owner)).toMatchObject({ ok: false, fault: expect.stringContaining("this version of rollpin can't read it") });
  });

  it.each([{ service: "other" }, { instance: "c-2" }, { track: "canary" }])("refuses what belongs to %j", async (stranger) => {
    await writeLastKnownGood(folder, { ...value, ...stranger });
    expect(await readLastKnownGood(folder, owner)).toMatchObject({ ok: false, fault: expect.stringContaining("belongs to") });
  });
});
