import { resolve } from "node:path";
import type { AgentFile } from "../core/config/agent-file.ts";
import { sha256 } from "../core/decide/digest.ts";
import { type Result, ok } from "../core/model/result.ts";
import { findExposedFiles } from "../core/store/consul/exposed-files.ts";
import { type LoadedSettings, loadConsulSettings } from "../core/store/consul/load-settings.ts";
import { type ConsulFlags, type ConsulSettings, parseConsulSettings } from "../core/store/consul/settings.ts";
import { watchFile, watchFolder } from "./files/watch-file.ts";
import type { Log } from "./log.ts";
import type { Environment } from "./redact.ts";

/** How this agent is let in to Consul: what its file, flags and environment say, and what stood in the files that they name. */
export interface ConsulAccess {
  readonly settings: LoadedSettings;
  /** The same with the guard's token; undefined where the agent is no guard. */
  readonly guard: LoadedSettings | undefined;
  /** Token, authorities, certificate and key, where they are files. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** A sentence for each of them that others can read or replace. */
  readonly exposed: readonly string[];
  /** Tells one reading from another. */
  readonly fingerprint: string;
}

/** What a file says of it, and the folder that its relative paths are relative to. */
export interface AccessFile {
  readonly file: Pick<AgentFile, "consul" | "guard">;
  readonly folder: string;
}

interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ConsulFlags;
}

/** The fault is everything that is wrong with it. */
export async function loadConsulAccess(file: AccessFile, { env, flags }: Sources): Promise<Result<ConsulAccess, readonly string[]>> {
  const parsed = parseConsulSettings({ env, flags: { ...flagsOf(file), ...flags } });
  if (!parsed.ok) return parsed;
  const loaded = await loadConsulSettings(parsed.value);
  if (!loaded.ok) return loaded;
  const guarding = guardSettings(file, parsed.value);
  const guard = guarding === undefined ? undefined : await loadConsulSettings(guarding);
  if (guard?.ok === false) return guard;
  const all = guarding === undefined ? [parsed.value] : [parsed.value, guarding];
  const places = all.map(placesOf);
  return ok({
    settings: loaded.value,
    guard: guard?.value,
    files: [...new Set(places.flatMap(({ files }) => files))],
    folders: [...new Set(places.flatMap(({ folders }) => folders))],
    exposed: [...new Set((await Promise.all(all.map(findExposedFiles))).flat())],
    fingerprint: sha256(JSON.stringify([loaded.value, guard?.value])),
  });
}

function guardSettings({ file: { guard }, folder }: AccessFile, own: ConsulSettings): ConsulSettings | undefined {
  if (guard?.tokenFile === undefined) return guard === undefined ? undefined : own;
  return { ...own, token: undefined, tokenFile: resolve(folder, guard.tokenFile) };
}

const PATHS = ["tokenFile", "caFile", "caPath", "certFile", "keyFile"] as const;

/** Of the agent's file: its relative paths are relative to its folder, those of the environment to where the agent was started. */
function flagsOf({ file: { consul }, folder }: AccessFile): ConsulFlags {
  const paths = PATHS.flatMap((name) => (consul[name] === undefined ? [] : [[name, resolve(folder, consul[name])] as const]));
  return { ...consul, ...Object.fromEntries(paths) };
}

function placesOf({ tls, tokenFile }: ConsulSettings): Pick<ConsulAccess, "files" | "folders"> {
  const named = (paths: readonly (string | undefined)[]): readonly string[] => paths.filter((path) => path !== undefined);
  return { files: named([tokenFile, tls.caFile, tls.certFile, tls.keyFile]), folders: tls.caFile === undefined ? named([tls.caPath]) : [] };
}

/** What is secret in it, by names that say so. */
export function secretsOf({ guard, settings: { basicAuth, tls, token } }: ConsulAccess): Environment {
  return { token, guardToken: guard?.token, auth: basicAuth, password: basicAuth?.slice(basicAuth.indexOf(":") + 1), privateKey: tls.key };
}

/** Says when one of the files may have changed, and once when all are watched. Without files it says nothing. */
export async function watchConsulAccess({ files, folders }: ConsulAccess, onChange: () => void, { log, signal }: { readonly log: Log; readonly signal: AbortSignal }): Promise<void> {
  if (files.length + folders.length === 0) return;
  const options = { signal, onFault: (message: string) => log.warn({ event: "watch" }, `the files of Consul's token and certificates are not watched any more (${message}); send SIGHUP after changing them`) };
  await Promise.all([...files.map((path) => watchFile(path, onChange, options)), ...folders.map((path) => watchFolder(path, onChange, options))]);
  onChange();
}
