/** Finds a Consul, or gets one: what is running, what is installed, what was obtained before, then the network. */
import { systemClock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Environment, cacheFolder, cachedBinaries, programOnPath } from "./cache-folder.ts";
import type { DownloadBounds } from "./download.ts";
import { obtainFromDebian } from "./from-debian.ts";
import { RELEASE_HOST, obtainFromRelease } from "./from-release.ts";
import { install } from "./install.ts";
import { versionOf } from "./version.ts";

export type ObtainedConsul =
  | { readonly kind: "running"; readonly address: string }
  | { readonly kind: "binary"; readonly path: string; readonly from: "PATH" | "cache" | "release" | "debian" };

export interface ConsulWanted {
  readonly env: Environment;
  /** Lines for a person who waits. */
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** A binary is wanted even where CONSUL_HTTP_ADDR names a running Consul. */
  readonly binaryOnly?: boolean;
  /** Instead of the one that the environment says. */
  readonly cacheDir?: string;
  readonly fetch?: typeof fetch;
  readonly releaseHost?: string;
  readonly bounds?: Partial<DownloadBounds>;
  readonly platform?: string;
  readonly arch?: string;
  readonly osRelease?: string;
}

/** The fault is one message for a person: each thing tried, why it failed, what to do. */
export async function obtainConsul(wanted: ConsulWanted): Promise<Result<ObtainedConsul, string>> {
  const running = wanted.env["CONSUL_HTTP_ADDR"]?.trim() ?? "";
  if (running !== "" && wanted.binaryOnly !== true) return ok({ kind: "running", address: running });
  const tried: string[] = [running === "" ? "CONSUL_HTTP_ADDR is not set" : "CONSUL_HTTP_ADDR is set, but a Consul of its own is wanted"];

  const installed = programOnPath(wanted.env, "consul");
  if (installed === undefined) tried.push("there is no `consul` on PATH");
  else if (await runs(installed, tried)) return ok({ kind: "binary", path: installed, from: "PATH" });

  const cache = wanted.cacheDir ?? (await cacheFolder(wanted.env, "consul"));
  for (const path of await cachedBinaries(cache, "consul")) {
    if (await runs(path, tried)) return ok({ kind: "binary", path, from: "cache" });
  }
  return obtainAnew(wanted, cache, tried);
}

async function obtainAnew(wanted: ConsulWanted, cache: string, tried: string[]): Promise<Result<ObtainedConsul, string>> {
  const { env, report, signal, platform = process.platform, arch = process.arch } = wanted;
  // apt first, where there is one: 18 MB instead of 60, signed by a key that is on the machine already rather than by
  // the host that serves it, and reachable in most networks that let nothing else through. It is old (1.8.7), which is
  // what rollpin must run on anyway; whoever wants a newer one has it on PATH.
  const sources = [
    {
      from: "debian" as const,
      obtain: (workplace: string) => obtainFromDebian(workplace, { env, report, signal, ...(wanted.osRelease === undefined ? {} : { osRelease: wanted.osRelease }) }),
    },
    {
      from: "release" as const,
      obtain: (workplace: string) =>
        obtainFromRelease(workplace, {
          fetch: wanted.fetch ?? fetch,
          host: wanted.releaseHost ?? RELEASE_HOST,
          platform,
          arch,
          report,
          signal,
          ...(wanted.bounds === undefined ? {} : { bounds: wanted.bounds }),
        }),
    },
  ];
  for (const { from, obtain } of sources) {
    if (signal.aborted) return err("obtaining Consul was interrupted");
    const installed = await install(cache, systemClock.now(), obtain);
    if (!installed.ok) tried.push(from === "debian" ? `apt: ${installed.fault}` : `HashiCorp's release: ${installed.fault}${proxyNote(env)}`);
    else if (await runs(installed.value, tried)) return ok({ kind: "binary", path: installed.value, from });
  }
  return err(whatToDo(tried));
}

async function runs(path: string, tried: string[]): Promise<boolean> {
  const version = await versionOf(path);
  if (!version.ok) tried.push(version.fault);
  return version.ok;
}

function proxyNote(env: Environment): string {
  return (env["HTTPS_PROXY"] ?? env["https_proxy"] ?? "") === "" ? "" : " (HTTPS_PROXY is set, but Node's fetch does not go through it)";
}

function whatToDo(tried: readonly string[]): string {
  return [
    "There is no Consul here, and none could be obtained:",
    ...tried.map((line) => `  - ${line}`),
    "Do one of these, then try again:",
    "  - set CONSUL_HTTP_ADDR to a Consul that runs",
    "  - install consul so that it is on PATH: https://developer.hashicorp.com/consul/install",
    "  - macOS: brew install hashicorp/tap/consul",
    "  - Docker: docker run -d -p 8500:8500 hashicorp/consul, and export CONSUL_HTTP_ADDR=127.0.0.1:8500",
  ].join("\n");
}
