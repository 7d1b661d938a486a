import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reapLeftovers } from "../../../cli/launcher/leftovers.ts";

let within: string;
let left: ChildProcess | undefined;
const NOW = Date.now();

beforeEach(async () => {
  within = await mkdtemp(join(tmpdir(), "rollpin-leftovers-"));
});
afterEach(async () => {
  left?.kill("SIGKILL");
  left = undefined;
  await rm(within, { recursive: true, force: true });
});

/** A process that has ended: its pid is nobody's. */
async function deadPid(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid ?? 0;
}

async function folderOf(owner: number | undefined, pid?: number): Promise<string> {
  const folder = await mkdtemp(join(within, "rollpin-consul-"));
  await mkdir(join(folder, "server-1"));
  if (owner !== undefined) await writeFile(join(folder, "owner.pid"), `${owner}\n`);
  if (pid !== undefined) await writeFile(join(folder, "server-1", "consul.pid"), `${pid}\n`);
  return folder;
}

/** Lives until killed; `mark` is on its command line, as a server's folder is. */
async function lingering(mark: string): Promise<ChildProcess> {
  left = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "--", mark], { stdio: "ignore" });
  await once(left, "spawn");
  return left;
}

describe("reapLeftovers", () => {
  it("leaves what belongs to a process that lives", async () => {
    const folder = await folderOf(process.pid);
    expect(await reapLeftovers(NOW, within)).toEqual([]);
    expect(await readdir(folder)).toEqual(["owner.pid", "server-1"]);
  });

  it("removes the folder of a process that ended", async () => {
    const folder = await folderOf(await deadPid());
    expect(await reapLeftovers(NOW, within)).toEqual([folder]);
    expect(await readdir(within)).toEqual([]);
  });

  it("leaves a folder without an owner while it is young", async () => {
    const folder = await folderOf(undefined);
    expect(await reapLeftovers(NOW, within)).toEqual([]);
    const old = new Date(NOW - 120_000);
    await utimes(folder, old, old);
    expect(await reapLeftovers(NOW, within)).toEqual([folder]);
  });

  // Without /proc nobody can tell whose a pid is, so nothing is killed.
  const canTell = process.platform === "linux";

  it("kills a server that was started from that folder, where that can be told", async () => {
    const folder = await folderOf(await deadPid());
    const server = await lingering(`-config-file=${folder}/server-1/config.json`);
    await writeFile(join(folder, "server-1", "consul.pid"), `${server.pid}\n`);
    const exited = once(server, "exit");
    await reapLeftovers(NOW, within);
    if (canTell) expect(await exited).toEqual([null, "SIGKILL"]);
    else expect(server.exitCode).toBeNull();
  });

  it("never kills a stranger that got the pid later", async () => {
    const stranger = await lingering("something else");
    await folderOf(await deadPid(), stranger.pid);
    expect(await reapLeftovers(NOW, within)).toHaveLength(1);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    expect(stranger.kill(0)).toBe(true);
  });
});
