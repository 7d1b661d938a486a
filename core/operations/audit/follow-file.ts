/** Reads a file that others append to, from one look to the next, however it is rotated meanwhile: moved away, or copied and cut. */
import type { Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { type LineSplitter, type OnLine, splitLines } from "./split-lines.ts";

export interface FileFollower {
  /** Hands on what was added since the last look. Throws what the file system throws; the next look goes on. */
  look(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const CHUNK_BYTES = 64 * 1024;

interface Followed {
  readonly file: FileHandle;
  readonly ino: number;
  readonly dev: number;
  at: number;
  lines: LineSplitter;
}

/** At the first look it begins so many bytes before the end at most. */
export function followFile(path: string, mostBytes: number, onLine: OnLine): FileFollower {
  let current: Followed | undefined;
  /** Moved away: whoever writes may have had a batch under way, so it is looked at once more. */
  let former: Followed | undefined;
  let isFirst = true;
  const turn = async (): Promise<void> => {
    const found = await statOf(path, current !== undefined);
    if (found === undefined || (current !== undefined && current.ino === found.ino && current.dev === found.dev)) return;
    former = current;
    current = await openAt(path, isFirst ? Math.max(0, found.size - mostBytes) : 0, onLine);
    isFirst = false;
  };
  return {
    async look(signal) {
      if (former !== undefined) {
        await readOn(former, onLine, signal);
        await former.file.close();
        former = undefined;
      }
      if (current !== undefined) await readOn(current, onLine, signal);
      await turn();
      if (current !== undefined) await readOn(current, onLine, signal);
    },
    async close() {
      await Promise.all([former?.file.close(), current?.file.close()]);
      [former, current] = [undefined, undefined];
    },
  };
}

/** Undefined where it was moved away and nobody has written since. */
async function statOf(path: string, wasThere: boolean): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (wasThere && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function openAt(path: string, at: number, onLine: OnLine): Promise<Followed> {
  const file = await open(path, "r");
  const { dev, ino } = await file.stat();
  return { file, ino, dev, at, lines: splitLines(at === 0 ? onLine : withoutFirst(onLine)) };
}

/** In the middle of a line nobody knows what it was. */
function withoutFirst(onLine: OnLine): OnLine {
  return (line, number) => {
    if (number > 1) onLine(line, number);
  };
}

async function readOn(followed: Followed, onLine: OnLine, signal: AbortSignal): Promise<void> {
  const { size } = await followed.file.stat();
  if (size < followed.at) [followed.at, followed.lines] = [0, splitLines(onLine)];
  while (!signal.aborted) {
    const { buffer, bytesRead } = await followed.file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, followed.at);
    if (bytesRead === 0) return;
    followed.at += bytesRead;
    followed.lines.push(buffer.subarray(0, bytesRead));
  }
}
