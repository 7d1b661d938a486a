import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { systemClock } from "../core/clock.ts";
import { operatorOf } from "../core/config/operator.ts";
import { messageOf } from "../core/model/message-of.ts";
import { type Result, err, ok } from "../core/model/result.ts";
import type { ConsulInspector } from "../core/store/consul/inspect.ts";
import { type LoadedSettings, loadConsulSettings } from "../core/store/consul/load-settings.ts";
import { parseConsulSettings } from "../core/store/consul/settings.ts";
import { createConsulStore } from "../core/store/consul/store.ts";
import type { Store } from "../core/store/port.ts";
import { EXIT, type Failure, usage } from "./ending.ts";
import { runCli } from "./run.ts";
import { createPlanFolder } from "./plans/plan-folder.ts";
import { type OutStream, type InStream, decodeText, inputOf, outputOf } from "./terminal.ts";
import type { StoreFlags, World } from "./world.ts";

declare const ROLLPIN_VERSION: string | undefined;

/** What of its process the CLI touches. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: InStream;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  once(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  exitCode?: NodeJS.Process["exitCode"];
}

/** The CLI's main: the one place here that reads the environment, builds the store and sets the exit code. */
export async function main(argv: readonly string[], process: Surroundings): Promise<void> {
  const stop = new AbortController();
  listenForSignals(process, stop);
  const { env } = process;
  const world: World = {
    env,
    stdin: inputOf(process.stdin, process.stderr),
    stdout: outputOf(process.stdout, () => stop.abort()),
    stderr: outputOf(process.stderr, () => stop.abort()),
    clock: systemClock,
    by: operatorOf(env),
    interrupted: stop.signal,
    readFile: readText,
    plans: createPlanFolder(env),
    planSuffix,
    openStore: (flags) => openStore(flags, env),
    openInspector: (flags) => openInspector(flags, env),
  };
  try {
    process.exitCode = await runCli(argv, world, typeof ROLLPIN_VERSION === "string" ? ROLLPIN_VERSION : "0.0.0-dev");
  } catch (error) {
    process.stderr.write(`fault in rollpin: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nThis is a bug: please report it with the lines above\n`);
    process.exitCode = EXIT.fault;
  }
}

/** The first signal is told to the verb; with a second one the operator means it. */
function listenForSignals(process: Surroundings, stop: AbortController): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stop.abort(signal);
    });
  }
}

async function loadSettings(flags: StoreFlags, env: World["env"]): Promise<Result<LoadedSettings, Failure>> {
  const settings = parseConsulSettings({ env, flags: { address: flags.consulAddr, datacenter: flags.dc } });
  if (!settings.ok) return err(usage(settings.fault.join("; ")));
  const loaded = await loadConsulSettings(settings.value);
  return loaded.ok ? loaded : err(usage(loaded.fault.join("; ")));
}

async function openStore(flags: StoreFlags, env: World["env"]): Promise<Result<Store, Failure>> {
  const loaded = await loadSettings(flags, env);
  return loaded.ok ? ok(createConsulStore(loaded.value, { prefix: flags.prefix ?? "rollpin", clock: systemClock, watchConnections: MOST_WATCHES })) : loaded;
}

async function openInspector(flags: StoreFlags, env: World["env"]): Promise<Result<ConsulInspector, Failure>> {
  const loaded = await loadSettings(flags, env);
  if (!loaded.ok) return loaded;
  const { createConsulInspector } = await import("../core/store/consul/inspect.ts");
  return ok(createConsulInspector(loaded.value, systemClock));
}

async function readText(path: string): Promise<Result<string, string>> {
  try {
    const text = decodeText(await readFile(path));
    return text === undefined ? err(`${path} can't be read: it is no UTF-8 text`) : ok(text);
  } catch (error) {
    return err(`${path} can't be read: ${messageOf(error)}`);
  }
}

/** Only as many are opened as are used: one for each service whose receipt is followed, and one for its routers, three for `status --watch`. */
const MOST_WATCHES = 32;

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

function planSuffix(): string {
  return Array.from({ length: 6 }, () => BASE32[randomInt(BASE32.length)]).join("");
}
