/** Puts a program into the cache so that nobody ever sees half of it, however many processes do so at once. */
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Result } from "../../core/model/result.ts";
import { ok } from "../../core/model/result.ts";

const PARTIAL = ".partial-";
/** No download takes this long: its process is gone. */
const ABANDONED_MS = 3_600_000;

export interface Obtained {
  readonly version: string;
  /** Inside the workplace that `obtain` was given: becomes the version's folder. */
  readonly folder: string;
  /** The program, at the top of that folder. */
  readonly binary: string;
}

/**
 * Gives `obtain` a folder to work in, beside the cache's versions so that a rename moves its result; removes it in the end.
 * The first process to finish wins, the others use what it installed.
 */
export async function install(cache: string, now: number, obtain: (workplace: string) => Promise<Result<Obtained, string>>): Promise<Result<string, string>> {
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache, now);
  const workplace = await mkdtemp(join(cache, PARTIAL));
  try {
    const obtained = await obtain(workplace);
    if (!obtained.ok) return obtained;
    const { binary, folder, version } = obtained.value;
    await chmod(join(folder, binary), 0o755);
    const final = join(cache, version);
    const path = join(final, binary);
    await moveIntoPlace(folder, { final, path }, workplace);
    return ok(path);
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
}

async function moveIntoPlace(staged: string, { final, path }: { readonly final: string; readonly path: string }, workplace: string): Promise<void> {
  // A rename over a folder that holds something fails: somebody was first. Without a binary in it, it is rubble.
  const inTheWay = await renameUnlessTaken(staged, final);
  if (!inTheWay || (await isFile(path))) return;
  await rename(final, join(workplace, "rubble"));
  await renameUnlessTaken(staged, final);
}

/** True when something is there already. */
async function renameUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return false;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "EPERM") return true;
    throw cause;
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

async function removeAbandoned(cache: string, now: number): Promise<void> {
  for (const name of (await readdir(cache)).filter((entry) => entry.startsWith(PARTIAL))) {
    const found = await stat(join(cache, name)).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > ABANDONED_MS) await rm(join(cache, name), { recursive: true, force: true });
  }
}
