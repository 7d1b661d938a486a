/**
 * Files that are whole or not there: written beside the target, on the disk before they get its name. A crash at any
 * point leaves the old file or the new one, and at most a `.rollpin-*` file beside it.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface FileOwner {
  readonly mode: number;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

export interface Place {
  /** Whether the new file outlives a cut in power that follows at once; the old one, whole, may come back otherwise. */
  readonly isLasting: boolean;
}

const LASTING: Place = { isLasting: true };
const PRIVATE: FileOwner = { mode: 0o600 };

/** Private to its owner. Throws what the file system throws: ENOSPC, EACCES, EROFS. */
export async function writeAtomically(path: string, content: string | Uint8Array, { isLasting }: Place = LASTING): Promise<void> {
  const candidate = await writeCandidate(path, content);
  await takePlace(candidate, path, { isLasting });
}

/** The first half: a complete file beside `path`, on the disk, named by what is returned. The caller renames or removes it. */
export async function writeCandidate(path: string, content: string | Uint8Array, owner: FileOwner = PRIVATE): Promise<string> {
  const candidate = join(dirname(path), `.rollpin-${basename(path).slice(0, 100)}-${randomBytes(6).toString("hex")}`);
  // Created readable by nobody else, and only then given its owner and mode: it may hold secrets.
  const file = await open(candidate, "wx", 0o600);
  try {
    await file.writeFile(content);
    // What is made here is private from the start.
    if (owner !== PRIVATE) await own(file, owner);
    await file.sync();
  } catch (error) {
    await rm(candidate, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return candidate;
}

/** The second half: the candidate becomes `path`, and the folder remembers it. */
export async function takePlace(candidate: string, path: string, { isLasting }: Place = LASTING): Promise<void> {
  try {
    await rename(candidate, path);
  } catch (error) {
    await rm(candidate, { force: true });
    throw error;
  }
  if (isLasting) await syncFolder(dirname(path));
}

async function own(file: FileHandle, owner: FileOwner): Promise<void> {
  const { uid, gid } = owner;
  const made = await file.stat();
  if (uid !== undefined && gid !== undefined && (uid !== made.uid || gid !== made.gid)) await file.chown(uid, gid);
  // After chown, which takes set-user-id bits away.
  await file.chmod(owner.mode);
}

async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
