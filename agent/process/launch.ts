import { randomBytes } from "node:crypto";
import { dirname, isAbsolute, resolve, sep } from "node:path";
import type { ProcessSettings } from "../../core/config/agent-file.ts";
import { fillIn } from "../../core/config/placeholders.ts";
import { sha256 } from "../../core/decide/digest.ts";
import { parseVersion } from "../../core/model/names.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { Change } from "../appliers/applier.ts";

/** One process as it is to be started. It keeps its token, output and config file through crash restarts. */
export interface Launch {
  /** Marks every descendant (environ-token.ts), and names its files. */
  readonly token: string;
  readonly version: string;
  readonly revision: number;
  readonly port: number | undefined;
  /** SHA-256 of what it was started with, so that `restartOn` can tell a change. */
  readonly config: string | undefined;
  readonly routes: string | undefined;
}

/** Old and new can run side by side: the port is ours to choose. */
export function overlaps(settings: ProcessSettings): boolean {
  return [...settings.command, ...Object.values(settings.environment)].some((text) => text.includes("{{port}}"));
}

export function planLaunch(change: Change, version: string, port: number | undefined): Launch {
  return {
    token: randomBytes(16).toString("hex"),
    version,
    revision: change.revision,
    port,
    config: hashOf(change.to.config),
    routes: hashOf(change.to.routes),
  };
}

/** Whether a process started as `launch` is what the change asks for. A restart is done once for its revision. */
export function isSatisfiedBy(change: Change, launch: Launch, restartOn: ProcessSettings["restartOn"]): boolean {
  if (change.restart && (change.revision === 0 || launch.revision !== change.revision)) return false;
  return launch.version === change.to.version && restartOn.every((part) => launch[part] === hashOf(change.to[part]));
}

/** An argv with its folder, ready for the kernel: it never passes through a shell. */
export interface Invocation {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly directory: string;
}

/**
 * Fills in a pattern from the agent's file. The version comes from Consul, so what it leads to is checked again: a
 * program or folder must stay inside the folder that its pattern names before the first placeholder.
 */
export function resolveInvocation(settings: ProcessSettings, folder: string, launch: Pick<Launch, "version" | "port">, command = settings.command): Result<Invocation, string> {
  const version = parseVersion(launch.version);
  if (!version.ok) return version;
  const values = { version: launch.version, ...(launch.port === undefined ? {} : { port: String(launch.port) }) };
  const directory = contained(settings.directory ?? ".", folder, values);
  if (!directory.ok) return directory;
  const [pattern = "", ...rest] = command;
  const program = pattern.includes("/") ? contained(pattern, folder, values) : ok(fillIn(pattern, values));
  if (!program.ok) return program;
  return ok({ program: program.value, arguments: rest.map((text) => fillIn(text, values)), directory: directory.value });
}

function contained(pattern: string, folder: string, values: Readonly<Record<string, string>>): Result<string, string> {
  const path = resolve(folder, fillIn(pattern, values));
  const placeholder = pattern.indexOf("{{");
  if (placeholder < 0) return ok(path);
  const before = pattern.slice(0, placeholder);
  const root = resolve(folder, before.endsWith("/") ? before : dirname(`${before}x`));
  if (isAbsolute(path) && path.startsWith(root === sep ? sep : root + sep)) return ok(path);
  return err(`${pattern} leads to ${path} for version ${values["version"]}, which is outside of ${root}: nothing is run there`);
}

function hashOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : sha256(text);
}
