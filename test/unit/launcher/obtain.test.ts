import { chmod, mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RELEASE_VERSION } from "../../../cli/launcher/from-release.ts";
import { type ConsulWanted, obtainConsul } from "../../../cli/launcher/obtain.ts";
import { FAKE_CONSUL, type ReleaseHost, type ReleaseHostFaults, ZIP_NAME, releaseHost } from "./release-host.ts";

let folder: string;
let cacheDir: string;
let host: ReleaseHost | undefined;
const lines: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-obtain-"));
  cacheDir = join(folder, "cache");
  lines.length = 0;
});

afterEach(async () => {
  await host?.close();
  host = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Not Debian, and nothing on PATH: what is left is the release. */
async function wanted(faults: ReleaseHostFaults = {}, over: Partial<ConsulWanted> = {}): Promise<ConsulWanted> {
  host = await releaseHost(faults);
  return {
    env: { PATH: join(folder, "bin") },
    report: (line) => lines.push(line),
    signal: new AbortController().signal,
    cacheDir,
    releaseHost: host.url,
    platform: "linux",
    arch: "x64",
    osRelease: join(folder, "os-release"),
    ...over,
  };
}

async function cached(): Promise<string[]> {
  return readdir(cacheDir);
}

async function executable(path: string, text: string | Buffer): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

describe("where a Consul is found", () => {
  it("uses the running one that CONSUL_HTTP_ADDR names, and looks no further", async () => {
    const result = await obtainConsul(await wanted({}, { env: { CONSUL_HTTP_ADDR: "10.0.0.1:8500" } }));
    expect(result).toEqual({ ok: true, value: { kind: "running", address: "10.0.0.1:8500" } });
    expect(host?.asked).toEqual([]);
  });

  it("prefers PATH to the cache, and the cache to the network", async () => {
    const onPath = await executable(join(folder, "bin", "consul"), FAKE_CONSUL);
    const inCache = await executable(join(cacheDir, "1.9.0", "consul"), FAKE_CONSUL);
    const asked = await wanted({}, { binaryOnly: true });
    expect(await obtainConsul(asked)).toEqual({ ok: true, value: { kind: "binary", path: onPath, from: "PATH" } });
    await rm(onPath);
    expect(await obtainConsul(asked)).toEqual({ ok: true, value: { kind: "binary", path: inCache, from: "cache" } });
    expect(host?.asked).toEqual([]);
  });

  it("takes the newest cached version by number, not by letter", async () => {
    await executable(join(cacheDir, "1.9.0", "consul"), FAKE_CONSUL);
    const newer = await executable(join(cacheDir, "1.10.0", "consul"), FAKE_CONSUL);
    expect(await obtainConsul(await wanted())).toMatchObject({ ok: true, value: { path: newer } });
  });

  it("passes over a binary that does not run here, wherever it is", async () => {
    await executable(join(folder, "bin", "consul"), "#!/bin/sh\nexit 3\n");
    await executable(join(cacheDir, "9.0.0", "consul"), "\u007fELF garbage");
    expect(await obtainConsul(await wanted())).toMatchObject({ ok: true, value: { from: "release" } });
  });
});

describe("HashiCorp's release", () => {
  it("is verified, installed executable under its version, and used from the cache the next time", async () => {
    const asked = await wanted();
    const path = join(cacheDir, RELEASE_VERSION, "consul");
    expect(await obtainConsul(asked)).toEqual({ ok: true, value: { kind: "binary", path, from: "release" } });
    expect(await readFile(path)).toEqual(FAKE_CONSUL);
    expect(await cached()).toEqual([RELEASE_VERSION]);
    expect(lines.join("\n")).toContain(`obtaining Consul ${RELEASE_VERSION}`);
    expect(await obtainConsul(asked)).toMatchObject({ ok: true, value: { from: "cache", path } });
    expect(host?.asked.filter((file) => file.endsWith(".zip"))).toHaveLength(1);
  });

  const ends = "install consul so that it is on PATH";
  it.each<[string, ReleaseHostFaults, string]>([
    ["a zip with another checksum", { zip: Buffer.from("PK other") }, "has the checksum"],
    ["a zip that the checksums don't name", { sums: `${"a".repeat(64)}  consul_0_linux_amd64.zip\n` }, `names no checksum for ${ZIP_NAME}`],
    ["an error page for the checksums", { answerSums: (response) => void response.writeHead(404).end("<html>") }, "answered 404"],
    ["an error page for the zip", { answerZip: (response) => void response.writeHead(503).end() }, "answered 503"],
    ["a zip cut off on the way", { answerZip: (response, zip) => void response.writeHead(200, { "content-length": zip.length }).write(zip.subarray(0, 40), () => response.destroy()) }, "terminated"],
    ["a zip cut off at its source", { answerZip: (response, zip) => void response.end(zip.subarray(0, 40)) }, "has the checksum"],
    ["a zip larger than is taken, announced", { answerZip: (response) => response.writeHead(200, { "content-length": 1 << 30 }).flushHeaders() }, "more than the"],
    ["a zip larger than is taken, unannounced", { answerZip: (response) => void response.write(Buffer.alloc(200_000)) }, "more than the"],
    ["a host that accepts and says nothing", { answerSums: () => {} }, "no answer within 200 ms"],
    ["a host that falls silent in the middle", { answerZip: (response) => void response.write("PK") }, "nothing came for 200 ms, after 2 bytes"],
  ])("refuses %s, caches nothing, and says what to do", async (_, faults, reason) => {
    const result = await obtainConsul(await wanted(faults, { bounds: { maxBytes: 100_000, connectMs: 200, silenceMs: 200 } }));
    expect(result).toEqual({ ok: false, fault: expect.stringContaining(reason) as string });
    expect(result).toEqual({ ok: false, fault: expect.stringContaining(ends) as string });
    expect(await cached()).toEqual([]);
  });

  it("says why when the host isn't there, and what else was tried", async () => {
    const asked = await wanted();
    await host?.close();
    const result = await obtainConsul(asked);
    const fault = result.ok ? "" : result.fault;
    for (const words of ["CONSUL_HTTP_ADDR is not set", "no `consul` on PATH", "apt: this is not Debian", "HashiCorp's release: ", "ECONNREFUSED", "brew install", "docker run"]) {
      expect(fault).toContain(words);
    }
  });

  it("says so for a platform that HashiCorp doesn't serve", async () => {
    const result = await obtainConsul(await wanted({}, { platform: "aix", arch: "ppc64" }));
    expect(result).toEqual({ ok: false, fault: expect.stringContaining("no release for aix on ppc64") as string });
  });

  it("ends when told to, in the middle of a download, leaving nothing", async () => {
    const stop = new AbortController();
    const result = await obtainConsul(
      await wanted({ answerZip: (response) => void response.write("PK", () => stop.abort(new Error("Ctrl-C"))) }, { signal: stop.signal }),
    );
    expect(result.ok).toBe(false);
    expect(await cached()).toEqual([]);
  });
});

describe("several at once", () => {
  it("all get a whole binary at the same path, and nothing is left over", async () => {
    const asked = await wanted();
    const results = await Promise.all(Array.from({ length: 8 }, () => obtainConsul(asked)));
    const path = join(cacheDir, RELEASE_VERSION, "consul");
    expect(results).toEqual(Array.from({ length: 8 }, () => ({ ok: true, value: { kind: "binary", path, from: expect.stringMatching("release|cache") as string } })));
    expect(await readFile(path)).toEqual(FAKE_CONSUL);
    expect(await cached()).toEqual([RELEASE_VERSION]);
  });

  it("replaces a version's folder that holds no binary", async () => {
    await mkdir(join(cacheDir, RELEASE_VERSION), { recursive: true });
    await writeFile(join(cacheDir, RELEASE_VERSION, "rubbish"), "");
    expect(await obtainConsul(await wanted())).toMatchObject({ ok: true, value: { from: "release" } });
    expect(await readdir(join(cacheDir, RELEASE_VERSION))).toEqual(["consul"]);
  });

  it("removes what a killed process left an hour ago, and leaves what is under way", async () => {
    await mkdir(join(cacheDir, ".partial-old"), { recursive: true });
    await mkdir(join(cacheDir, ".partial-new"));
    const old = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(cacheDir, ".partial-old"), old, old);
    await obtainConsul(await wanted());
    expect(await cached()).toEqual([".partial-new", RELEASE_VERSION]);
  });
});
