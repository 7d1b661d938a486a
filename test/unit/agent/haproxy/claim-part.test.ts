import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Claim, claimPart } from "../../../../agent/haproxy/claim-part.ts";
import { sectionsOf } from "../../../../agent/haproxy/sections.ts";
import { startTimeOf } from "../../../../agent/process/kernel-facts.ts";
import { systemClock } from "../../../../core/clock.ts";
import { haproxySchema } from "../../../../core/config/router-settings.ts";

let folder: string;
let path: string;
const other = spawn("sleep", ["60"]);
const claim = (): Claim => claimPart(sectionsOf(haproxySchema.parse({ kind: "haproxy", upstream: "checkout", listen: "127.0.0.1:80", socket: "s", folder: "." }), folder), systemClock);
const written = async (): Promise<{ readonly pid: number }> => JSON.parse(await readFile(path, "utf8")) as { readonly pid: number };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rpc-"));
  path = join(folder, "rollpin.checkout.lock");
});
afterAll(async () => {
  other.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

describe("rollpin's part of one HAProxy", () => {
  it("is taken where it is nobody's, kept, and given back", async () => {
    const one = claim();
    expect([await one.take(), await one.take()]).toEqual([undefined, undefined]);
    expect((await written()).pid).toBe(process.pid);
    await one.giveBack();
    await expect(readFile(path)).rejects.toThrow("ENOENT");
  });

  it("stays with another agent that lives, and is taken when that is dead, or what stands there names nobody", async () => {
    const one = claim();
    await one.take();
    const own = await written();
    const pid = other.pid ?? 0;
    const theirs = JSON.stringify({ ...own, pid, startTime: startTimeOf(pid) });
    await writeFile(path, theirs);
    expect(await one.take()).toContain(`another agent (pid ${pid}) steers rollpin.checkout of this HAProxy`);
    await one.giveBack();
    expect(await readFile(path, "utf8")).toBe(theirs);
    for (const text of [JSON.stringify({ ...own, pid, startTime: "another" }), "nonsense", "{}"]) {
      await writeFile(path, text);
      expect(await one.take()).toBeUndefined();
      expect((await written()).pid).toBe(process.pid);
    }
  });

  it("is another container's as long as that looks at it, whatever its pid says here", async () => {
    const one = claim();
    await writeFile(path, JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid), pids: "pid:[1]" }));
    expect(await one.take()).toContain("another agent");
    await utimes(path, Date.now() / 1_000 - 60, Date.now() / 1_000 - 60);
    expect(await one.take()).toBeUndefined();
  });

  it("is steered where the folder takes no file: better two than none", async () => {
    const none = claimPart(sectionsOf(haproxySchema.parse({ kind: "haproxy", upstream: "checkout", listen: "127.0.0.1:80", socket: "s", folder: "." }), join(folder, "nowhere")), systemClock);
    expect(await none.take()).toBeUndefined();
    await none.giveBack();
  });
});
