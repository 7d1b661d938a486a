/**
 * The agent's own files are for its user alone, whatever the umask is and whatever stood there before: files 0600, folders
 * 0700. They are made so; what an earlier agent, a copy or a hand left more open is closed at the start.
 */
import type { Stats } from "node:fs";
import { chmod, lstat, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isWrittenByOthers, modeText } from "../../core/model/file-mode.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

/** All that an agent puts into its state folder itself. */
const OWN = /^(agent\.lock|last-known-good\.json|session|local-pin\.json|local-pin-outcome\.json|reload-[0-9a-f]{16}|process|upstreams|routers\.json|\.rollpin-.+)$/;

const PRIVATE = 0o700;
const BEYOND_GROUP = 0o007;
const BEYOND_OWNER = 0o077;

export interface FoundFolder {
  readonly path: string;
  readonly uid: number;
  readonly mode: number;
  /** Something lies in it that no agent put there. */
  readonly isShared: boolean;
}

/**
 * What is to be done about a folder that was there before. A group that may look in is somebody's purpose, and so is a
 * folder in which other things lie: both stay. What others may write to can't be trusted any more, and closing it would
 * hide that. The fault is a sentence.
 */
export function determineFolderMode({ isShared, mode, path, uid }: FoundFolder, self: number): Result<"close" | "keep", string> {
  const elsewhere = `or name another folder as "state": one that isn't there yet is made for the agent alone`;
  if (uid !== self && uid !== 0) return err(`the state folder ${path} belongs to another user (uid ${uid}; the agent is ${self}), who could put there what the agent goes by: run "chown -R ${self} ${path}", ${elsewhere}`);
  if (isWrittenByOthers(mode)) return err(`the state folder ${path} can be written by others (mode ${modeText(mode)}), who could put there what the agent goes by: look through it and run "chmod 0700 ${path}", ${elsewhere}`);
  const isOpen = (mode & BEYOND_GROUP) !== 0;
  return ok(isOpen && uid === self && !isShared ? "close" : "keep");
}

/** Makes the folder, or closes what is the agent's in it. `self` is the agent's user, undefined where the system knows none. Answers what to tell, if anything. */
export async function prepareStateFolder(path: string, self: number | undefined): Promise<Result<string | undefined, string>> {
  try {
    const made = await mkdir(path, { recursive: true, mode: PRIVATE });
    if (made !== undefined || self === undefined) return ok(undefined);
    return await closeFound(path, self);
  } catch (error) {
    return err(`the state folder ${path} can't be used: ${messageOf(error)}`);
  }
}

async function closeFound(path: string, self: number): Promise<Result<string | undefined, string>> {
  const names = await readdir(path);
  const { mode, uid } = await stat(path);
  const determined = determineFolderMode({ path, uid, mode, isShared: names.some((name) => !OWN.test(name)) }, self);
  if (!determined.ok) return determined;
  for (const name of names) if (OWN.test(name)) await closeOwn(join(path, name), self);
  if (determined.value === "keep") return ok(undefined);
  await chmod(path, PRIVATE);
  return ok(`the state folder ${path} was open to everyone (mode ${modeText(mode)}); it is the agent's alone now (0700)`);
}

/** Links stay as they are: where they lead to is not the agent's to change. What goes meanwhile, under another agent that lives, needs nothing. */
async function closeOwn(path: string, self: number): Promise<void> {
  try {
    const found = await lstat(path);
    if (found.uid === self && isTooOpen(found)) await chmod(path, found.mode & PRIVATE);
    if (!found.isDirectory()) return;
    for (const name of await readdir(path)) await closeOwn(join(path, name), self);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function isTooOpen(found: Stats): boolean {
  return (found.isFile() || found.isDirectory()) && (found.mode & BEYOND_OWNER) !== 0;
}
