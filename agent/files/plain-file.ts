import type { Stats } from "node:fs";
import { type FileHandle, constants, open } from "node:fs/promises";

/**
 * Reads what should be a plain file: a FIFO that nobody writes to isn't waited for, and what was looked at is what is
 * read. Throws what the file system throws.
 */
export async function readPlainFile<T>(path: string, read: (file: FileHandle, found: Stats) => Promise<T> | T): Promise<T> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await read(file, await file.stat());
  } finally {
    await file.close();
  }
}
