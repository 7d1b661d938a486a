/** Servers whose owner ended so abruptly that even their watchdog didn't: found by folder, ended by the next run. */
import { readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PID_FILE } from "./consul-process.ts";

export const FOLDER_PREFIX = "rollpin-consul-";
/** In a run's folder: the pid of the process that started it. */
export const OWNER_FILE = "owner.pid";

/** A folder this young may not have its owner's pid yet. */
const YOUNG_MS = 60_000;

/** Returns the folders it removed. */
export async function reapLeftovers(now: number, within = tmpdir()): Promise<string[]> {
  const names = await readdir(within).catch(() => []);
  const folders = names.filter((name) => name.startsWith(FOLDER_PREFIX)).map((name) => join(within, name));
  const reaped = await Promise.all(folders.map((folder) => reap(folder, now)));
  return folders.filter((_, index) => reaped[index]);
}

async function reap(folder: string, now: number): Promise<boolean> {
  const owner = await readPid(join(folder, OWNER_FILE));
  const age = now - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? now);
  if (owner === undefined ? age < YOUNG_MS : isAlive(owner)) return false;
  for (const node of await readdir(folder).catch(() => [])) {
    const pid = await readPid(join(folder, node, PID_FILE));
    if (pid !== undefined && (await isOurs(pid, folder))) process.kill(pid, "SIGKILL");
  }
  return rm(folder, { recursive: true, force: true, maxRetries: 3 }).then(
    () => true,
    () => false,
  );
}

async function readPid(file: string): Promise<number | undefined> {
  const pid = Number(await readFile(file, "utf8").catch(() => ""));
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Pids are used again: only a process that was started with this very folder is ours. Without /proc, none is. */
async function isOurs(pid: number, folder: string): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.includes(`${folder}/`);
}
