/** The process writes its output itself, so that it needs no agent to live. The agent keeps the file small and reads its end. */
import { type FSWatcher, fstatSync, ftruncateSync, readSync, watch } from "node:fs";
import { type FileHandle, appendFile, mkdir, open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { describeRefusal } from "../files/disk-refusal.ts";

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

/** Where the newest part is kept that was cut off. */
export const olderPart = (path: string): string => `${path}.older`;

/** Opened for appending: after a cut the process goes on at the new end. */
export async function openOutput(path: string): Promise<Result<FileHandle, string>> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return ok(await open(path, "a", 0o600));
  } catch (error) {
    return err(`its output can't be written to ${path} (${describeRefusal(error)})`);
  }
}

/** Cuts the file whenever it is past `limit` bytes, and keeps the newest half of that beside it, until the signal fires. Costs nothing while nothing is printed. */
export async function keepOutputSmall(path: string, limit: number, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Watched before it is looked at: what is printed after the look must be noticed.
    const grown = growth(path, clock, signal);
    const wasCut = await cutOutput(path, limit).catch(() => false);
    await clock.sleep(wasCut ? LOOK_SOON_MS : LOOK_EVERY_MS, signal);
    await grown;
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

/** Whether it was too long. What was printed before the newest part of an earlier cut is dropped. */
export async function cutOutput(path: string, limit: number): Promise<boolean> {
  const file = await open(path, "r+").catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { size } = await file.stat();
    if (size <= limit) return false;
    const newest = await readEnd(file, size, Math.floor(limit / 2));
    const isKept = await writeFile(olderPart(path), newest, { mode: 0o600 }).then(() => true, () => false);
    const rest = takeRest(file.fd, size);
    // A full disk gets back what the output takes, the older part too.
    if (isKept) await appendFile(olderPart(path), rest);
    else await rm(olderPart(path), { force: true }).catch(() => undefined);
    return true;
  } finally {
    await file.close();
  }
}

/** What was printed meanwhile, however fast that was. */
const MOST_REST_BYTES = 1024 * 1024;

/** Reads what came after `from` and empties the file. Not asynchronous: only what is printed between these two calls, microseconds, is lost. */
function takeRest(fd: number, from: number): Buffer {
  const { size } = fstatSync(fd);
  const rest = Buffer.alloc(Math.min(size - from, MOST_REST_BYTES));
  const bytes = readSync(fd, rest, 0, rest.length, size - rest.length);
  ftruncateSync(fd, 0);
  return rest.subarray(0, bytes);
}

/** The end of what it printed, safe to show: at most 2 KB, whole characters, control characters made visible. */
export async function readLastLines(path: string): Promise<string> {
  const newest = await readEndOf(path, LAST_BYTES);
  const older = newest.length < LAST_BYTES ? await readEndOf(olderPart(path), LAST_BYTES - newest.length) : Buffer.alloc(0);
  return makeVisible(dropTornStart(Buffer.concat([older, newest])).toString("utf8")).trimEnd();
}

async function readEndOf(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return Buffer.alloc(0);
  try {
    return await readEnd(file, (await file.stat()).size, bytes);
  } finally {
    await file.close();
  }
}

async function readEnd(file: FileHandle, size: number, bytes: number): Promise<Buffer> {
  const length = Math.min(size, bytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
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

const FORMER_OUTPUTS = 4;

/** Keeps the output of what is recorded, and of the newest few that are gone. */
export async function pruneOutputs(folder: string, recorded: readonly string[]): Promise<void> {
  const names = await readdir(outputFolder(folder)).catch(() => []);
  const former = names.filter((name) => !recorded.some((path) => name === basename(path) || name === basename(olderPart(path))));
  const dated = await Promise.all(former.map(async (name) => ({ path: join(outputFolder(folder), name), at: (await stat(join(outputFolder(folder), name)).catch(() => undefined))?.mtimeMs ?? 0 })));
  const old = dated.sort((one, other) => other.at - one.at).slice(FORMER_OUTPUTS);
  await Promise.all(old.map(({ path }) => rm(path, { force: true }).catch(() => undefined)));
}
