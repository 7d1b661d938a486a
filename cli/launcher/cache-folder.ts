/** Where obtained programs are kept: `<cache>/rollpin/<program>/<version>/<program>`. */
import { accessSync, constants } from "node:fs";
import { access, lstat, mkdir, readdir } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { isWrittenByOthers } from "../../core/model/file-mode.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program's file. */
export const binaryOf = (program: string): string => (process.platform === "win32" ? `${program}.exe` : program);

/** The XDG cache folder, else `~/.cache`, else, where neither can be written, one in the temporary folder that only we may enter. */
export async function cacheFolder(env: Environment, program: string): Promise<string> {
  const { XDG_CACHE_HOME: xdg, HOME: home } = env;
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : home !== undefined && isAbsolute(home) ? join(home, ".cache") : undefined;
  if (base !== undefined && (await isWritable(join(base, "rollpin", program)))) return join(base, "rollpin", program);

  const { uid } = userInfo();
  const own = join(tmpdir(), `rollpin-cache-${uid}`);
  await mkdir(own, { mode: 0o700 }).catch(() => {});
  // What lies there is run later: a folder that somebody else put in our way is refused.
  const found = await lstat(own);
  if (!found.isDirectory() || found.uid !== uid || isWrittenByOthers(found.mode)) {
    throw new Error(`${own} is not a folder of ours alone: remove it, or set XDG_CACHE_HOME to a folder that can be written`);
  }
  return join(own, program);
}

/** Newest version first. Folders that begin with a dot are downloads under way. */
export async function cachedBinaries(folder: string, program: string): Promise<string[]> {
  const versions = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith("."));
  return versions
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((version) => join(folder, version, binaryOf(program)))
    .filter(isExecutable);
}

/** The first on PATH; relative entries are passed over, since they mean another file in every folder. */
export function programOnPath(env: Environment, program: string): string | undefined {
  const entries = (env["PATH"] ?? "").split(process.platform === "win32" ? ";" : ":");
  return entries
    .filter((entry) => isAbsolute(entry))
    .map((entry) => join(entry, binaryOf(program)))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function isWritable(folder: string): Promise<boolean> {
  return mkdir(folder, { recursive: true })
    .then(() => access(folder, constants.W_OK))
    .then(
      () => true,
      () => false,
    );
}
