/**
 * The file that rows are appended to. It may be moved away, cut or deleted by others (logrotate) at any time: before each
 * batch it is looked whether the name still leads to what is open. A line is never torn by this process: where a write
 * failed half-way, the next begins on a line of its own.
 */
import type { Stats } from "node:fs";
import { type FileHandle, constants, mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { AuditSettings } from "../../core/config/audit-settings.ts";
import { isOpenToOthers } from "../../core/model/file-mode.ts";
import { describeRefusal } from "../files/disk-refusal.ts";
import { packRotated, rotate } from "./rotate.ts";

export interface Appended {
  /** Whole lines that are in the file now, bytes. */
  readonly bytes: number;
  /** Why the rest isn't. */
  readonly fault: string | undefined;
}

export interface AppendFile {
  /** Whole lines. Makes the file where it isn't there, also for none. */
  append(lines: Buffer): Promise<Appended>;
  close(): Promise<void>;
}

export interface AppendFileDeps {
  /** Absolute. */
  readonly path: string;
  readonly settings: () => AuditSettings;
  /** Another process may be about to rotate the same file. */
  readonly mayRotate: () => boolean;
  readonly clock: Pick<Clock, "now">;
  /** It could not be rotated, or what was rotated not packed. What can be written is written all the same. */
  readonly onRotateFault: (what: string) => void;
}

interface Opened {
  readonly file: FileHandle;
  /** When its first row was written, milliseconds since the epoch. */
  bornAt: number;
  size: number;
  /** Its last line has no end. */
  isTorn: boolean;
}

const BREAK = 10;

export function openAppendFile(deps: AppendFileDeps): AppendFile {
  const { clock, path } = deps;
  let opened: Opened | undefined;
  const closing = new AbortController();
  let packing: Promise<void> | undefined;
  let rotatesFrom = -Infinity;
  const close = async (): Promise<void> => {
    const former = opened;
    opened = undefined;
    await former?.file.datasync().catch(() => undefined);
    await former?.file.close().catch(() => undefined);
  };
  const pack = async (): Promise<void> => {
    await packRotated(path, closing.signal).catch((error: unknown) => closing.signal.aborted || deps.onRotateFault(`what ${path} was rotated to can't be packed: ${describeRefusal(error)}`));
    packing = undefined;
  };
  const turn = async (): Promise<void> => {
    const { gzip, keep } = deps.settings();
    try {
      await rotate(path, keep);
    } catch (error) {
      rotatesFrom = clock.now() + ROTATE_AGAIN_MS;
      return deps.onRotateFault(`${path} can't be rotated: ${describeRefusal(error)}`);
    }
    if (gzip) packing = pack();
  };
  /** What the name leads to, rotated where it is time. */
  const current = async (): Promise<Opened> => {
    if (opened !== undefined && !(await isStill(opened, path, clock))) await close();
    opened ??= await openAt(path, clock);
    const now = clock.now();
    if (packing !== undefined || !deps.mayRotate() || now < rotatesFrom || !isDue(opened, deps.settings(), now)) return opened;
    await close();
    await turn();
    return (opened = await openAt(path, clock));
  };
  return {
    async append(lines) {
      const progress = { bytes: 0 };
      try {
        const now = await current();
        if (now.size === 0) now.bornAt = clock.now();
        if (now.isTorn && lines.length > 0) await write(now, Buffer.from([BREAK]), { bytes: 0 });
        await write(now, lines, progress);
        if (lines.length > 0 && deps.settings().sync === "batch") await now.file.datasync();
        return { bytes: lines.length, fault: undefined };
      } catch (error) {
        // Whether a line is torn is seen when it is opened anew.
        await close();
        return { bytes: wholeLines(lines, progress.bytes), fault: describeRefusal(error) };
      }
    },
    async close() {
      closing.abort();
      await close();
      await packing;
    },
  };
}

/** A disk that fills up takes a part. */
async function write(to: Opened, lines: Buffer, progress: { bytes: number }): Promise<void> {
  while (progress.bytes < lines.length) {
    const { bytesWritten } = await to.file.write(lines, progress.bytes);
    progress.bytes += bytesWritten;
    to.size += bytesWritten;
  }
  to.isTorn = false;
}

function wholeLines(lines: Buffer, bytes: number): number {
  return bytes === 0 ? 0 : lines.lastIndexOf(BREAK, bytes - 1) + 1;
}

const ROTATE_AGAIN_MS = 60_000;

function isDue({ bornAt, size }: Opened, { maxAge, maxBytes }: AuditSettings, now: number): boolean {
  return size > 0 && (size >= maxBytes || now - bornAt >= maxAge);
}

/** Not so where it was moved or deleted. One that was cut is another from there on. */
async function isStill(opened: Opened, path: string, clock: Pick<Clock, "now">): Promise<boolean> {
  const [own, found] = await Promise.all([opened.file.stat(), statOrNone(path)]);
  if (own.ino !== found?.ino || own.dev !== found.dev) return false;
  if (own.size < opened.size) {
    opened.bornAt = clock.now();
    opened.isTorn = false;
  }
  opened.size = own.size;
  return true;
}

async function statOrNone(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function openAt(path: string, clock: Pick<Clock, "now">): Promise<Opened> {
  const file = await openOrMake(path);
  try {
    const found = await file.stat();
    const { size } = found;
    if (!found.isFile()) throw new Error(`${path} is no plain file`);
    if (isOpenToOthers(found.mode)) await file.chmod(PRIVATE);
    return { file, size, bornAt: size === 0 ? clock.now() : await firstTime(file, clock), isTorn: size > 0 && (await lastByte(file, size)) !== BREAK };
  } catch (error) {
    await file.close();
    throw error;
  }
}

const PRIVATE = 0o600;
/** A FIFO that nobody reads isn't waited for. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, FLAGS, PRIVATE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, FLAGS, PRIVATE);
  }
}

const HEAD_BYTES = 256;

/** Of the first row; now where it doesn't say. */
async function firstTime(file: FileHandle, clock: Pick<Clock, "now">): Promise<number> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const [, at = ""] = /"at":"([^"]+)"/.exec(buffer.toString("latin1", 0, bytesRead)) ?? [];
  const time = Date.parse(at);
  return Number.isNaN(time) ? clock.now() : time;
}

async function lastByte(file: FileHandle, size: number): Promise<number | undefined> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0];
}
