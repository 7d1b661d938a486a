/**
 * A real HAProxy or nginx for the demo and the tests: the one on this machine, else the one obtained before, else the
 * release's own package with the libraries that the machine lacks, unpacked into the cache and not installed.
 */
import { readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { APT_OPTIONS, type DebianSource, type Run, openApt, packageVersionIn, writeAptConfig } from "./apt.ts";
import { cacheFolder, cachedBinaries, programOnPath } from "./cache-folder.ts";
import { type Obtained, install } from "./install.ts";

export type RouterProgram = "haproxy" | "nginx";

/** Where distributions put servers: not on everybody's PATH. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin"];

export interface RouterWanted extends DebianSource {
  /** Instead of the one that the environment says. */
  readonly cacheDir?: string;
  /** Looked through besides PATH. */
  readonly systemFolders?: readonly string[];
}

/** A file that can be run. The fault is one message for a person: what was tried, and what to do. */
export async function obtainRouter(program: RouterProgram, wanted: RouterWanted): Promise<Result<string, string>> {
  const installed = programOnPath({ PATH: [wanted.env["PATH"] ?? "", ...(wanted.systemFolders ?? SYSTEM_FOLDERS)].join(delimiter) }, program);
  if (installed !== undefined) return ok(installed);
  const cache = wanted.cacheDir ?? (await cacheFolder(wanted.env, program));
  const [cached] = await cachedBinaries(cache, program);
  if (cached !== undefined) return ok(cached);
  const obtained = await install(cache, systemClock.now(), (workplace) => fromOwnRelease(program, workplace, wanted));
  if (obtained.ok) return obtained;
  return err(`there is no ${program} on PATH, and none could be obtained: apt: ${obtained.fault}. Install ${program}, then try again`);
}

async function fromOwnRelease(program: RouterProgram, workplace: string, source: DebianSource): Promise<Result<Obtained, string>> {
  const apt = await openApt(workplace, source);
  if (!apt.ok) return apt;
  const { run } = apt.value;
  source.report(`obtaining ${program} with apt, unpacked into rollpin's cache …`);
  const downloaded = await download(program, workplace, run);
  return downloaded.ok ? unpack(program, workplace, run) : downloaded;
}

/** Into `apt/archives`: the package, and whatever it depends on and the machine doesn't have. */
async function download(program: RouterProgram, workplace: string, run: Run): Promise<Result<string, string>> {
  const install = [...APT_OPTIONS, "-o", "Debug::NoLocking=1", "-q", "-y", "--no-install-recommends", "--download-only", "install", program];
  const known = await run("apt-get", install, { APT_CONFIG: await writeAptConfig(workplace, { "Dir::State::Lists": "/var/lib/apt/lists", ...OWN_STATUS }) });
  if (known.ok) return known;
  // Images often come without the lists of what there is.
  const env = { APT_CONFIG: await writeAptConfig(workplace, OWN_STATUS) };
  const updated = await run("apt-get", ["-q", "update"], env);
  return updated.ok ? run("apt-get", install, env) : updated;
}

/** What is installed here need not be obtained. */
const OWN_STATUS = { "Dir::State::status": "/var/lib/dpkg/status" };

async function unpack(program: RouterProgram, workplace: string, run: Run): Promise<Result<Obtained, string>> {
  const archives = join(workplace, "apt", "archives");
  const packages = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
  const own = packages.find((name) => name.startsWith(`${program}_`));
  if (own === undefined) return err(`apt-get said it downloaded ${program}, and left no package`);
  const version = packageVersionIn(own);
  if (!version.ok) return version;
  const folder = join(workplace, "root");
  for (const name of packages) {
    const unpacked = await run("dpkg-deb", ["-x", join(archives, name), folder]);
    if (!unpacked.ok) return unpacked;
  }
  await writeFile(join(folder, program), startScript(program));
  return ok({ version: version.value, folder, binary: program });
}

/** Starts the program with the libraries that lie beside it, wherever the cache is. HAProxy starts itself anew by the path it was started with. */
const startScript = (program: RouterProgram): string => `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH=$(printf '%s:' "$here"/usr/lib/*-linux-gnu* "$here"/lib/*-linux-gnu*)\${LD_LIBRARY_PATH-}
export LD_LIBRARY_PATH
exec "$here/usr/sbin/${program}" "$@"
`;
