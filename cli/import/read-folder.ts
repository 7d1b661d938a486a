import { lstat, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { TreeFile } from "../../core/config/parse-tree.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { MARKER } from "../../core/model/tree.ts";
import { type Failure, usage } from "../ending.ts";

/** Nothing of an export lies deeper; what does is named, and not read. */
const DEEPEST = 4;

/** The files of an export as they stand in a folder. Links aren't followed. */
export async function readFolder(folder: string): Promise<Result<readonly TreeFile[], Failure>> {
  try {
    const marker = await readPlain(folder, MARKER).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? undefined : Promise.reject(error)));
    const services = await readBelow(folder, "services", 1).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? [] : Promise.reject(error)));
    return ok([...(marker === undefined ? [] : [marker]), ...services]);
  } catch (error) {
    return err(usage(`${folder} can't be read: ${messageOf(error)}`));
  }
}

async function readBelow(folder: string, path: string, depth: number): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = [];
  for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory() && depth < DEEPEST) files.push(...(await readBelow(folder, inner, depth + 1)));
    else files.push(entry.isFile() ? await readPlain(folder, inner) : { path: inner, bytes: undefined });
  }
  return files;
}

/** More than any file of an export has. */
export const LARGEST = 1024 * 1024;

async function readPlain(folder: string, path: string): Promise<TreeFile> {
  const place = join(folder, path);
  const { size } = await lstat(place);
  // Only its length is said of it.
  return { path, bytes: size > LARGEST ? new Uint8Array(size) : await readFile(place) };
}
