/** The process writes its output itself, so that it needs no agent to live. The agent keeps the file small and reads its end. */
import { type FSWatcher, watch } from "node:fs";
import { type FileHandle, appendFile, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

const LAST_BYTES = 2048;
/** Between two looks at a file that grows, and at one that grows so fast that it was just cut: at 2 GB/s it overshoots by tens of megabytes. */
const LOOK_EVERY_MS = 25;
const LOOK_SOON_MS = 5;
/** Where the kernel has no watch left to give. */
const POLL_EVERY_MS = 250;

const outputFolder = (folder: string): string => join(folder, "output");

export function outputPath(folder: string, launch: { readonly version: string; readonly token: string }): string {
  return join(outputFolder(folder), `${launch.version}.${launch.token.slice(0, 8)}.log`);
}

/** Opened for appending: after a cut the process goes on at the new end. */
export async function openOutput(path: string): Promise<Result<FileHandle, string>> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return ok(await open(path, "a", 0o600));
  } catch (error) {
    return err(`its output can't be written to ${path} (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** Cuts the file to its newest half whenever it is past `limit` bytes, until the signal fires. Costs nothing while nothing is printed. */
export async function keepOutputSmall(path: string, limit: number, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wasCut = await cutOutput(path, limit).catch(() => false);
    await Promise.all([clock.sleep(wasCut ? LOOK_SOON_MS : LOOK_EVERY_MS, signal), growth(path, clock, signal)]);
  }
}

/** Resolves when the file is written to, or the signal fires. */
function growth(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const watcher = watchQuietly(path);
    if (watcher === undefined) return void clock.sleep(POLL_EVERY_MS, signal).then(resolve);
    const finish = (): void => {
      signal.removeEventListener("abort", finish);
      watcher.close();
      resolve();
    };
    watcher.once("change", finish).once("error", finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}

function watchQuietly(path: string): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false });
  } catch {
    return undefined;
  }
}

/** Whether it was too long. What is printed between reading the tail and cutting is lost. */
export async function cutOutput(path: string, limit: number): Promise<boolean> {
  const file = await open(path, "r+").catch(() => undefined);
  if (file === undefined) return false;
  try {
    if ((await file.stat()).size <= limit) return false;
    const tail = await readEnd(file, Math.floor(limit / 2));
    await file.truncate(0);
    await appendFile(path, tail);
    return true;
  } finally {
    await file.close();
  }
}

/** The end of what it printed, safe to show: at most 2 KB, whole characters, control characters made visible. */
export async function readLastLines(path: string): Promise<string> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return "";
  try {
    return makeVisible(dropTornStart(await readEnd(file, LAST_BYTES)).toString("utf8")).trimEnd();
  } finally {
    await file.close();
  }
}

async function readEnd(file: FileHandle, bytes: number): Promise<Buffer> {
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, bytes)), 0, Math.min(size, bytes), Math.max(0, size - bytes));
  return buffer.subarray(0, bytesRead);
}

/** UTF-8: bytes 10xxxxxx continue a character whose start was cut off. */
function dropTornStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}

/** Everything of Unicode's category C (control, format, unassigned) but line feed and tab. */
export function makeVisible(text: string): string {
  return text.replaceAll(/\r\n/g, "\n").replaceAll(/(?![\n\t])\p{C}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

const FORMER_OUTPUTS = 3;

/** Keeps the output of what is recorded, and of the newest few that are gone. */
export async function pruneOutputs(folder: string, recorded: readonly string[]): Promise<void> {
  const names = await readdir(outputFolder(folder)).catch(() => []);
  const former = names.filter((name) => !recorded.includes(join(outputFolder(folder), name)));
  const dated = await Promise.all(former.map(async (name) => ({ path: join(outputFolder(folder), name), at: (await stat(join(outputFolder(folder), name)).catch(() => undefined))?.mtimeMs ?? 0 })));
  const old = dated.sort((one, other) => other.at - one.at).slice(FORMER_OUTPUTS);
  await Promise.all(old.map(({ path }) => rm(path, { force: true }).catch(() => undefined)));
}
