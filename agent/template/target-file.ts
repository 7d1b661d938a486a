/** The file that a template is rendered to: what it was, and putting things in its place. */
import { lstat, readFile, realpath, rm, stat } from "node:fs/promises";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type FileOwner, takePlace, writeCandidate } from "../files/atomic-write.ts";
import { describeRefusal } from "../files/disk-refusal.ts";

export interface TargetFile {
  /** Where it really lies: a link is followed, so that the link stays. */
  readonly path: string;
  /** Undefined where there is no file yet. */
  readonly content: Buffer | undefined;
  readonly owner: FileOwner;
}

/** Rendered configuration may hold secrets: a new file is for its owner and group. An existing one keeps owner and mode. */
const NEW_FILE: FileOwner = { mode: 0o640 };
const PERMISSIONS = 0o7777;

export async function readTarget(target: string): Promise<Result<TargetFile, string>> {
  try {
    const link = await lstat(target).catch(undefinedIfMissing);
    if (link === undefined) return ok({ path: target, content: undefined, owner: NEW_FILE });
    const path = link.isSymbolicLink() ? await realpath(target).catch(undefinedIfMissing) : target;
    if (path === undefined) return err(`${target} is a link to nothing: make the file that it leads to, or remove it`);
    const found = await stat(path);
    if (!found.isFile()) return err(`${target} is not a file: move it away, or give the template another "target"`);
    return ok({ path, content: await readFile(path), owner: { mode: found.mode & PERMISSIONS, uid: found.uid, gid: found.gid } });
  } catch (error) {
    return err(`${target} can't be read: ${messageOf(error)}`);
  }
}

/** A complete file beside the target, for the check command to look at. */
export async function proposeContent(file: TargetFile, content: string | Uint8Array): Promise<Result<string, string>> {
  try {
    return ok(await writeCandidate(file.path, content, file.owner));
  } catch (error) {
    return err(`a new ${file.path} can't be written: ${describeRefusal(error)}`);
  }
}

export async function replaceTarget(file: TargetFile, candidate: string): Promise<Result<void, string>> {
  try {
    return ok(await takePlace(candidate, file.path));
  } catch (error) {
    return err(`${file.path} can't be replaced: ${describeRefusal(error)}`);
  }
}

/** As it was, or not there at all if it wasn't. */
export async function putBack(file: TargetFile): Promise<Result<void, string>> {
  if (file.content !== undefined) {
    const candidate = await proposeContent(file, file.content);
    return candidate.ok ? await replaceTarget(file, candidate.value) : candidate;
  }
  try {
    return ok(await rm(file.path, { force: true }));
  } catch (error) {
    return err(`${file.path} can't be removed: ${messageOf(error)}`);
  }
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
