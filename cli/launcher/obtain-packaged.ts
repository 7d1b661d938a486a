/** A real server for the demo and the tests: the one on this machine, else the one obtained before, else the release's own package. */
import { delimiter } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { DebianSource } from "./apt.ts";
import { cacheFolder, cachedBinaries, programOnPath } from "./cache-folder.ts";
import { type Packaged, obtainFromOwnRelease } from "./from-own-release.ts";
import { install } from "./install.ts";

/** Where distributions put servers: not on everybody's PATH. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin"];

export interface PackagedWanted extends DebianSource {
  /** Instead of the one that the environment says. */
  readonly cacheDir?: string;
  /** Looked through besides PATH. */
  readonly systemFolders?: readonly string[];
}

/** A file that can be run: the first of the package's programs. The fault is one message for a person: what was tried, and what to do. */
export async function obtainPackaged(packaged: Packaged, wanted: PackagedWanted): Promise<Result<string, string>> {
  const [program] = packaged.programs;
  const path = [wanted.env["PATH"] ?? "", ...(wanted.systemFolders ?? SYSTEM_FOLDERS)].join(delimiter);
  const installed = [program, ...(packaged.alsoCalled ?? [])].map((name) => programOnPath({ PATH: path }, name)).find((found) => found !== undefined);
  if (installed !== undefined) return ok(installed);
  const cache = wanted.cacheDir ?? (await cacheFolder(wanted.env, program));
  const [cached] = await cachedBinaries(cache, program);
  if (cached !== undefined) return ok(cached);
  const obtained = await install(cache, systemClock.now(), (workplace) => obtainFromOwnRelease(packaged, workplace, wanted));
  if (obtained.ok) return obtained;
  return err(`there is no ${program} on PATH, and none could be obtained: apt: ${obtained.fault}. Install ${program}, then try again`);
}
