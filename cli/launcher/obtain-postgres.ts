/** A real PostgreSQL for the tests: the one on this machine, else the one obtained before, else the release's own package. */
import { readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { DebianSource } from "./apt.ts";
import { cacheFolder, cachedBinaries, programOnPath } from "./cache-folder.ts";
import { type Packaged, obtainFromOwnRelease } from "./from-own-release.ts";
import { install } from "./install.ts";

/** Where distributions put its programs, one folder for each version: not on everybody's PATH. */
const SYSTEM_ROOTS = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"];

const PACKAGED: Packaged = { package: "postgresql", file: /^postgresql-\d+_/, folder: "usr/lib/postgresql/*/bin", programs: ["postgres", "initdb", "psql"] };

export interface PostgresWanted extends DebianSource {
  /** Instead of the one that the environment says. */
  readonly cacheDir?: string;
  /** Looked through besides PATH. */
  readonly systemRoots?: readonly string[];
}

/** The folder with `postgres`, `initdb` and `psql`. The fault is one message for a person: what was tried, and what to do. */
export async function obtainPostgres(wanted: PostgresWanted): Promise<Result<string, string>> {
  const found = (await onPath(wanted.env)) ?? (await inSystemFolders(wanted.systemRoots ?? SYSTEM_ROOTS));
  if (found !== undefined) return ok(found);
  const cache = wanted.cacheDir ?? (await cacheFolder(wanted.env, "postgres"));
  const [cached] = await cachedBinaries(cache, "postgres");
  if (cached !== undefined) return ok(dirname(cached));
  const obtained = await install(cache, systemClock.now(), (workplace) => obtainFromOwnRelease(PACKAGED, workplace, wanted));
  if (obtained.ok) return ok(dirname(obtained.value));
  return err(`there is no PostgreSQL on PATH (postgres, initdb and psql), and none could be obtained: apt: ${obtained.fault}. Install postgresql, then try again`);
}

/** A link into a version's own folder is followed: all three programs are there. */
async function onPath(env: DebianSource["env"]): Promise<string | undefined> {
  const postgres = programOnPath(env, "postgres");
  if (postgres === undefined) return undefined;
  return [dirname(postgres), dirname(await realpath(postgres))].find(isComplete);
}

/** The newest version first. */
async function inSystemFolders(roots: readonly string[]): Promise<string | undefined> {
  for (const root of roots) {
    const versions = (await readdir(root).catch(() => [])).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    const found = versions.map((version) => join(root, version, "bin")).find(isComplete);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isComplete(folder: string): boolean {
  return PACKAGED.programs.every((program) => programOnPath({ PATH: folder }, program) !== undefined);
}
