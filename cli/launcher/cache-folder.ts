/** Where an obtained Consul is kept: `<cache>/rollpin/consul/<version>/consul`. */
import { accessSync, constants } from "node:fs";
import { access, lstat, mkdir, readdir } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

export const BINARY = process.platform === "win32" ? "consul.exe" : "consul";

/** The XDG cache folder, else `~/.cache`, else, where neither can be written, one in the temporary folder that only we may enter. */
export async function cacheFolder(env: Environment): Promise<string> {
  const { XDG_CACHE_HOME: xdg, HOME: home } = env;
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : home !== undefined && isAbsolute(home) ? join(home, ".cache") : undefined;
  if (base !== undefined && (await isWritable(join(base, "rollpin", "consul")))) return join(base, "rollpin", "consul");

  const { uid } = userInfo();
  const own = join(tmpdir(), `rollpin-cache-${uid}`);
  await mkdir(own, { mode: 0o700 }).catch(() => {});
  // What lies there is run later: a folder that somebody else put in our way is refused.
  const found = await lstat(own);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`${own} is not a folder of ours alone: remove it, or set XDG_CACHE_HOME to a folder that can be written`);
  }
  return join(own, "consul");
}

/** Newest version first. Folders that begin with a dot are downloads under way. */
export async function cachedBinaries(folder: string): Promise<string[]> {
  const versions = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith("."));
  return versions
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((version) => join(folder, version, BINARY))
    .filter(isExecutable);
}

/** The first `consul` on PATH; relative entries are passed over, since they mean another file in every folder. */
export function consulOnPath(env: Environment): string | undefined {
  const entries = (env["PATH"] ?? "").split(process.platform === "win32" ? ";" : ":");
  return entries
    .filter((entry) => isAbsolute(entry))
    .map((entry) => join(entry, BINARY))
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
