/** A program from the package of the release that runs here, with the libraries that the machine lacks, unpacked and not installed. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import { APT_OPTIONS, type DebianSource, type Run, openApt, packageVersionIn, writeAptConfig } from "./apt.ts";
import type { Obtained } from "./install.ts";

export interface Packaged {
  /** What is asked of apt. */
  readonly package: string;
  /** Of the file of the package that has the programs: it may be one that the former depends on. */
  readonly file: RegExp;
  /** Where they lie once unpacked; a `*` stands for the release's own number. */
  readonly folder: string;
  /** The first is what the cache is looked through for. */
  readonly programs: readonly [string, ...string[]];
  /** Other names that the first has where somebody else installed it. */
  readonly alsoCalled?: readonly string[];
  readonly relative?: RelativePath;
  /** Folders below the unpacked root in which the program looks for others. */
  readonly path?: readonly string[];
  /** Scripts that have the place of their files built in. */
  readonly rewritten?: readonly Rewritten[];
}

interface Rewritten {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

/** A program that has the place of its files built in. Both paths are of one length; the second is found from the unpacked root, in which the program is then started. */
interface RelativePath {
  readonly file: string;
  /** The program with that path. */
  readonly as: string;
  readonly path: string;
  readonly instead: string;
}

export async function obtainFromOwnRelease(packaged: Packaged, workplace: string, source: DebianSource): Promise<Result<Obtained, string>> {
  const apt = await openApt(workplace, source);
  if (!apt.ok) return apt;
  const { run } = apt.value;
  source.report(`obtaining ${packaged.package} with apt, unpacked into rollpin's cache …`);
  const downloaded = await download(packaged, workplace, run);
  return downloaded.ok ? unpack(packaged, workplace, run) : downloaded;
}

/** Into `apt/archives`: the package, and whatever it depends on and the machine doesn't have. */
async function download({ package: wanted }: Packaged, workplace: string, run: Run): Promise<Result<string, string>> {
  const install = [...APT_OPTIONS, "-o", "Debug::NoLocking=1", "-q", "-y", "--no-install-recommends", "--download-only", "install", wanted];
  const known = await run("apt-get", install, { APT_CONFIG: await writeAptConfig(workplace, { "Dir::State::Lists": "/var/lib/apt/lists", ...OWN_STATUS }) });
  if (known.ok) return known;
  // Images often come without the lists of what there is.
  const env = { APT_CONFIG: await writeAptConfig(workplace, OWN_STATUS) };
  const updated = await run("apt-get", ["-q", "update"], env);
  return updated.ok ? run("apt-get", install, env) : updated;
}

/** What is installed here need not be obtained. */
const OWN_STATUS = { "Dir::State::status": "/var/lib/dpkg/status" };

async function unpack(packaged: Packaged, workplace: string, run: Run): Promise<Result<Obtained, string>> {
  const archives = join(workplace, "apt", "archives");
  const packages = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
  const own = packages.find((name) => packaged.file.test(name));
  if (own === undefined) return err(`apt-get said it downloaded ${packaged.package}, and left no package`);
  const version = packageVersionIn(own);
  if (!version.ok) return version;
  const folder = join(workplace, "root");
  for (const name of packages) {
    const unpacked = await run("dpkg-deb", ["-x", join(archives, name), folder]);
    if (!unpacked.ok) return unpacked;
  }
  if (packaged.relative !== undefined) await makeRelative(folder, packaged.relative);
  for (const rewritten of packaged.rewritten ?? []) await rewrite(folder, rewritten);
  for (const program of packaged.programs) await writeFile(join(folder, program), startScript(packaged, program), { mode: 0o755 });
  return ok({ version: version.value, folder, binary: packaged.programs[0] });
}

/** Starts the program with the libraries that lie beside it, wherever the cache is. HAProxy starts itself anew by the path it was started with. */
const startScript = ({ folder, path = [], relative }: Packaged, program: string): string => `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)${relative === undefined ? "" : '\ncd "$here" || exit'}
LD_LIBRARY_PATH=$(printf '%s:' "$here"/usr/lib/*-linux-gnu* "$here"/lib/*-linux-gnu*)\${LD_LIBRARY_PATH-}
export LD_LIBRARY_PATH
${path.map((one) => `PATH=$here/${one}:$PATH\nexport PATH\n`).join("")}for found in "$here"/${folder}/${program}; do exec "$found" "$@"; done
`;

async function makeRelative(root: string, { as, file, instead, path }: RelativePath): Promise<void> {
  if (instead.length !== path.length) throw new Error(`${instead} is not as long as ${path}`);
  const program = await readFile(join(root, file));
  for (let at = program.indexOf(path); at >= 0; at = program.indexOf(path, at + path.length)) program.write(instead, at, "latin1");
  await writeFile(join(root, as), program, { mode: 0o755 });
}

async function rewrite(root: string, { file, instead, text }: Rewritten): Promise<void> {
  const script = await readFile(join(root, file), "utf8");
  if (!script.includes(text)) throw new Error(`${file} of the package holds no ${text}`);
  await writeFile(join(root, file), script.replaceAll(text, instead));
}
