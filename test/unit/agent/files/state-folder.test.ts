import { chmod, lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { determineFolderMode, prepareStateFolder } from "../../../../agent/files/state-folder.ts";
import { modeText } from "../../../../core/model/file-mode.ts";

const ME = 1000;

describe("determineFolderMode, of a folder that was there before", () => {
  it.each([
    ["made by an agent", ME, 0o700, false, "keep"],
    ["open to everyone, as systemd and mkdir make it", ME, 0o755, false, "close"],
    ["that everyone may enter", ME, 0o711, false, "close"],
    ["open to a group, which is a purpose", ME, 0o750, false, "keep"],
    ["with set-group-id, as its parent has", ME, 0o2700, false, "keep"],
    ["open to everyone, with other things in it", ME, 0o755, true, "keep"],
    ["root's, which only root can close", 0, 0o755, false, "keep"],
  ])("one %s: %s %s %s is %s", (_, uid, mode, isShared, what) => {
    expect(determineFolderMode({ path: "/state", uid, mode: 0o40000 | mode, isShared }, ME)).toEqual({ ok: true, value: what });
  });

  it.each([
    ["written by its group", ME, 0o770, /can be written by others \(mode 0770\).*run "chmod 0700 \/state", or name another folder as "state"/],
    ["written by everyone", ME, 0o777, /mode 0777/],
    ["written by everyone, sticky", 0, 0o1777, /mode 1777/],
    ["of another user", 1001, 0o700, /belongs to another user \(uid 1001; the agent is 1000\).*run "chown -R 1000 \/state"/],
  ])("one %s is refused", (_, uid, mode, fault) => {
    expect(determineFolderMode({ path: "/state", uid, mode: 0o40000 | mode, isShared: false }, ME)).toEqual({ ok: false, fault: expect.stringMatching(fault) as string });
  });
});

describe("prepareStateFolder", () => {
  let folder: string;
  let state: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollpin-state-"));
    state = join(folder, "state");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const self = process.geteuid?.();
  const put = async (name: string, mode: number): Promise<void> => {
    await mkdir(dirname(join(state, name)), { recursive: true });
    await writeFile(join(state, name), "");
    await chmod(join(state, name), mode);
  };
  const modes = async (): Promise<Readonly<Record<string, string>>> => {
    const names = await readdir(state, { recursive: true });
    return Object.fromEntries(await Promise.all([".", ...names].sort().map(async (name) => [name, modeText((await lstat(join(state, name))).mode)] as const)));
  };

  it("makes one that isn't there, and those above it, for the agent alone", async () => {
    expect(await prepareStateFolder(join(state, "deep"), self)).toEqual({ ok: true, value: undefined });
    expect(await modes()).toEqual({ ".": "0700", deep: "0700" });
  });

  it("closes what an agent put there, and the folder if nothing else is in it", async () => {
    for (const name of ["agent.lock", "session", "last-known-good.json", "reload-0123456789abcdef", "process/a-1/output/1.0.0.log", "upstreams/checkout.json"]) await put(name, 0o644);
    await put("local-pin.json", 0o400);
    for (const name of [".", "process", "process/a-1", "process/a-1/output", "upstreams"]) await chmod(join(state, name), 0o755);
    expect(await prepareStateFolder(state, self)).toEqual({ ok: true, value: expect.stringContaining("was open to everyone (mode 0755)") as string });
    expect(await modes()).toEqual({
      ".": "0700",
      "agent.lock": "0600",
      "last-known-good.json": "0600",
      "local-pin.json": "0400",
      process: "0700",
      "process/a-1": "0700",
      "process/a-1/output": "0700",
      "process/a-1/output/1.0.0.log": "0600",
      "reload-0123456789abcdef": "0600",
      session: "0600",
      upstreams: "0700",
      "upstreams/checkout.json": "0600",
    });
    expect(await prepareStateFolder(state, self)).toEqual({ ok: true, value: undefined });
  });

  it("leaves what isn't the agent's: other files, the folder that holds them, and where links lead to", async () => {
    await put("notes.txt", 0o644);
    await put("session", 0o644);
    await put("process/a-1/processes.json", 0o644);
    await mkdir(join(folder, "logs"));
    await chmod(join(folder, "logs"), 0o755);
    await symlink(join(folder, "logs"), join(state, "process/a-1/output"));
    await chmod(state, 0o755);
    expect(await prepareStateFolder(state, self)).toEqual({ ok: true, value: undefined });
    expect(await modes()).toMatchObject({ ".": "0755", "notes.txt": "0644", session: "0600", "process/a-1/processes.json": "0600" });
    expect(modeText((await lstat(join(folder, "logs"))).mode)).toBe("0755");
  });

  it("changes nothing in one that it refuses", async () => {
    await put("session", 0o644);
    await chmod(state, 0o777);
    expect((await prepareStateFolder(state, self)).ok).toBe(false);
    expect(await modes()).toEqual({ ".": "0777", session: "0644" });
  });

  it("says why one can't be used", async () => {
    await writeFile(state, "");
    expect(await prepareStateFolder(state, self)).toEqual({ ok: false, fault: expect.stringContaining(`the state folder ${state} can't be used: EEXIST`) as string });
  });
});
