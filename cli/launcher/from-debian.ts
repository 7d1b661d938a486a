/**
 * Consul from Debian's and its kin's own packages, unpacked and not installed: no root, no mirror named (apt is asked
 * for the one it uses), and nothing of the system's changed. First the release that runs, then the sister release that
 * still has the package. apt checks the signature with the keyring that came with the system.
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Environment } from "./cache-folder.ts";
import type { Obtained } from "./install.ts";

const APT_MS = 120_000;

/** A release that has Consul (1.8.7 in all of these) and runs on its newer sisters as it is: a Go binary needs libc and no more. */
interface Sister {
  readonly release: string;
  readonly component: string;
  readonly keyring: string;
}

const SISTERS: Readonly<Record<string, Sister>> = {
  debian: { release: "bullseye", component: "main", keyring: "/usr/share/keyrings/debian-archive-keyring.gpg" },
  ubuntu: { release: "jammy", component: "universe", keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg" },
};

export interface DebianSource {
  readonly env: Environment;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** `/etc/os-release` unless a test says otherwise. */
  readonly osRelease?: string;
}

export async function obtainFromDebian(workplace: string, source: DebianSource): Promise<Result<Obtained, string>> {
  const names = parseOsRelease(await readFile(source.osRelease ?? "/etc/os-release", "utf8").catch(() => ""));
  const kin = kinOf(names);
  if (kin === undefined) return err("this is not Debian or of its kin");
  const run = runner(workplace, source);
  const apt = await run("apt-get", ["--version"]);
  if (!apt.ok) return err(`apt-get does not run: ${apt.fault}`);

  source.report("obtaining Consul with apt, unpacked into rollpin's cache …");
  const own = await run("apt-get", [...OPTIONS.flatMap(([name, value]) => ["-o", `${name}=${value}`]), "-q", "download", "consul"]);
  if (own.ok) return unpack(workplace, run);
  const sister = SISTERS[kin];
  const codename = (kin === "ubuntu" ? names["UBUNTU_CODENAME"] : undefined) ?? names["VERSION_CODENAME"];
  if (sister === undefined || codename === undefined) return err(`this release has no package consul: ${own.fault}`);
  const downloaded = await downloadFromSister(workplace, sister, codename, run);
  return downloaded.ok ? unpack(workplace, run) : downloaded;
}

const OPTIONS: readonly (readonly [string, string])[] = [
  // A mirror that nobody lets us reach must not hold anyone up.
  ["Acquire::http::Timeout", "5"],
  ["Acquire::https::Timeout", "5"],
  ["Acquire::Retries", "1"],
  // As root, apt steps down to a user who may not write where we work.
  ...(process.getuid?.() === 0 ? [["APT::Sandbox::User", "root"] as const] : []),
];

type Run = (command: string, args: readonly string[], env?: Environment) => Promise<Result<string, string>>;

async function downloadFromSister(workplace: string, sister: Sister, codename: string, run: Run): Promise<Result<string, string>> {
  const targets = await run("apt-get", ["indextargets", "--no-release-info", "--format", "$(RELEASE) $(REPO_URI) $(COMPONENT)", "Created-By: Packages"]);
  if (!targets.ok) return targets;
  const mirror = mirrorOf(targets.value, codename, sister.component);
  if (mirror === undefined) return err(`apt is not configured for ${codename} ${sister.component}`);
  const config = await writeAptConfig(workplace, `deb [signed-by=${sister.keyring}] ${mirror} ${sister.release} ${sister.component}\n`);
  const env = { APT_CONFIG: config };
  const updated = await run("apt-get", ["-q", "update"], env);
  if (!updated.ok) return updated;
  return run("apt-get", ["-q", "download", "consul"], env);
}

/** Everything that apt keeps goes into the workplace; proxies and the like stay the system's. */
async function writeAptConfig(workplace: string, source: string): Promise<string> {
  const apt = join(workplace, "apt");
  await Promise.all(["lists/partial", "archives/partial", "parts"].map((folder) => mkdir(join(apt, folder), { recursive: true })));
  await writeFile(join(apt, "sources.list"), source);
  const config = join(apt, "apt.conf");
  const settings: Readonly<Record<string, string>> = {
    "Dir::Etc::SourceList": join(apt, "sources.list"),
    "Dir::Etc::SourceParts": join(apt, "parts"),
    "Dir::State": apt,
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::State::status": "/dev/null",
    "Dir::Cache": apt,
    "Dir::Cache::archives": join(apt, "archives"),
    "Dir::Cache::pkgcache": "",
    "Dir::Cache::srcpkgcache": "",
    "APT::Get::List-Cleanup": "0",
    "Acquire::Languages": "none",
    // An old release is no longer signed anew; its signature still counts.
    "Acquire::Check-Valid-Until": "false",
    // Without this a failed update is a warning, and the reason is lost.
    "APT::Update::Error-Mode": "any",
    ...Object.fromEntries(OPTIONS),
  };
  await writeFile(config, Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`).join(""));
  return config;
}

async function unpack(workplace: string, run: Run): Promise<Result<Obtained, string>> {
  const found = (await readdir(workplace)).find((name) => /^consul_.*\.deb$/.test(name));
  if (found === undefined) return err("apt-get said it downloaded consul, and left no package");
  const version = /^consul_([^_]+)_/.exec(decodeURIComponent(found))?.[1];
  if (version === undefined || !/^[0-9][A-Za-z0-9.+~:-]*$/.test(version)) return err(`the package's name, ${found}, holds no version`);
  const root = join(workplace, "root");
  const unpacked = await run("dpkg-deb", ["-x", found, root]);
  return unpacked.ok ? ok({ version: version.replace(/^\d+:/, ""), file: join(root, "usr", "bin", "consul") }) : unpacked;
}

function runner(workplace: string, { env, signal }: DebianSource): Run {
  return async (command, args, extra = {}) => {
    const ran = promisify(execFile)(command, args, { cwd: workplace, env: { ...env, LC_ALL: "C", ...extra }, signal, timeout: APT_MS });
    return ran.then(
      ({ stdout }) => ok(stdout),
      (cause: Error & { stderr?: string }) => err(`${command} ${args.at(-2) === "-x" ? "-x" : (args.at(-1) ?? "")}: ${firstError(cause.stderr) ?? cause.message}`),
    );
  };
}

/** apt's first complaint is the cause, later ones follow from it. */
function firstError(stderr: string | undefined): string | undefined {
  return stderr?.split("\n").find((line) => line.startsWith("E:")) ?? (stderr?.trim() === "" ? undefined : stderr?.trim().slice(-300));
}

function mirrorOf(targets: string, codename: string, component: string): string | undefined {
  const rows = targets.split("\n").map((line) => line.split(" "));
  return rows.find(([release, uri, part]) => release === codename && part === component && /^[a-z][a-z0-9+.-]*:[^\s[\]]+$/.test(uri ?? ""))?.[1];
}

/** `debian` or `ubuntu`: whose packages these are. */
function kinOf(names: Readonly<Record<string, string>>): string | undefined {
  const ids = [names["ID"], ...(names["ID_LIKE"] ?? "").split(" ")];
  return ids.includes("ubuntu") ? "ubuntu" : ids.includes("debian") ? "debian" : undefined;
}

function parseOsRelease(text: string): Readonly<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const [, name, value] = /^([A-Z_]+)=["']?(.*?)["']?$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) names[name] = value;
  }
  return names;
}
