/** apt and dpkg as anybody may use them: nothing is installed, no mirror is named, everything that is written goes into a workplace. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Environment } from "./cache-folder.ts";

const APT_MS = 120_000;

export interface DebianSource {
  readonly env: Environment;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** `/etc/os-release` unless a test says otherwise. */
  readonly osRelease?: string;
}

export type Run = (command: string, args: readonly string[], env?: Environment) => Promise<Result<string, string>>;

/** A machine whose packages these are. */
export interface DebianKin {
  readonly kin: "debian" | "ubuntu";
  /** Of the release that runs; `bookworm`. */
  readonly codename: string | undefined;
  /** Resolves to what it printed, or to the first thing it complained about. Its folder is the workplace. */
  readonly run: Run;
}

/** The fault says why apt can't be used here. */
export async function openApt(workplace: string, source: DebianSource): Promise<Result<DebianKin, string>> {
  const names = parseOsRelease(await readFile(source.osRelease ?? "/etc/os-release", "utf8").catch(() => ""));
  const kin = kinOf(names);
  if (kin === undefined) return err("this is not Debian or of its kin");
  const run = runner(workplace, source);
  const apt = await run("apt-get", ["--version"]);
  if (!apt.ok) return err(`apt-get does not run: ${apt.fault}`);
  return ok({ kin, codename: (kin === "ubuntu" ? names["UBUNTU_CODENAME"] : undefined) ?? names["VERSION_CODENAME"], run });
}

const SETTINGS: readonly (readonly [string, string])[] = [
  // A mirror that nobody lets us reach must not hold anyone up.
  ["Acquire::http::Timeout", "5"],
  ["Acquire::https::Timeout", "5"],
  ["Acquire::Retries", "1"],
  // As root, apt steps down to a user who may not write where we work.
  ...(process.getuid?.() === 0 ? [["APT::Sandbox::User", "root"] as const] : []),
];

/** What is always asked of apt, as its command line wants it. */
export const APT_OPTIONS: readonly string[] = SETTINGS.flatMap(([name, value]) => ["-o", `${name}=${value}`]);

/** A configuration under which all that apt keeps goes into the workplace; proxies and the like stay the system's. For APT_CONFIG. */
export async function writeAptConfig(workplace: string, over: Readonly<Record<string, string>> = {}): Promise<string> {
  const apt = join(workplace, "apt");
  await Promise.all(["lists/partial", "archives/partial", "parts"].map((folder) => mkdir(join(apt, folder), { recursive: true })));
  const config = join(apt, "apt.conf");
  const settings: Readonly<Record<string, string>> = {
    "Dir::State": apt,
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::Cache": apt,
    "Dir::Cache::archives": join(apt, "archives"),
    "Dir::Cache::pkgcache": "",
    "Dir::Cache::srcpkgcache": "",
    "APT::Get::List-Cleanup": "0",
    "Acquire::Languages": "none",
    // Without this a failed update is a warning, and the reason is lost.
    "APT::Update::Error-Mode": "any",
    ...Object.fromEntries(SETTINGS),
    ...over,
  };
  await writeFile(config, Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`).join(""));
  return config;
}

/** Of a package's file name: `haproxy_2.6.12-1+deb12u3_amd64.deb` is `2.6.12-1+deb12u3`. It becomes a folder's name. */
export function packageVersionIn(file: string): Result<string, string> {
  const version = /^[^_]+_([^_]+)_/.exec(decodeURIComponent(file))?.[1];
  if (version === undefined || !/^[0-9][A-Za-z0-9.+~:-]*$/.test(version)) return err(`the package's name, ${file}, holds no version`);
  return ok(version.replace(/^\d+:/, ""));
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

function kinOf(names: Readonly<Record<string, string>>): DebianKin["kin"] | undefined {
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
