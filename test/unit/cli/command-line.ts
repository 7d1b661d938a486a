/** Runs command lines against a store in this process, and keeps what they printed. */
import type { PlanFolder, World } from "../../../cli/world.ts";
import { runCli } from "../../../cli/run.ts";
import { type Kind, shapes } from "../../../cli/output/shapes.ts";
import { type Clock, systemClock } from "../../../core/clock.ts";
import type { Failure } from "../../../cli/ending.ts";
import { type Result, err, ok } from "../../../core/model/result.ts";
import type { Store } from "../../../core/store/port.ts";
import type { ConsulInspector } from "../../../core/store/consul/inspect.ts";
import { type MemoryStore, createMemoryStore } from "../../../core/store/memory.ts";
import * as z from "zod/mini";

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLineOptions {
  readonly store?: MemoryStore;
  readonly clock?: Clock;
  readonly by?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly inspector?: ConsulInspector;
  /** One Consul for each, in the order in which Consul names them; the first is the agent's own. */
  readonly datacentres?: Readonly<Record<string, Store>>;
}

/** How one run differs: a person at a terminal, what stdin holds, when Ctrl-C comes. */
export interface RunOptions {
  readonly answers?: string;
  /** What happens while the question stands. */
  readonly beforeAnswer?: () => Promise<unknown>;
  readonly stdin?: string;
  readonly interrupt?: AbortSignal;
  readonly onStderr?: (text: string) => void;
  readonly onStdout?: (text: string) => void;
  readonly columns?: number;
}

export interface CommandLine {
  readonly store: MemoryStore;
  readonly plans: PlanFolder;
  run(...argv: readonly string[]): Promise<Ran>;
  runWith(options: RunOptions, ...argv: readonly string[]): Promise<Ran>;
  /** The exit code has to be 0. */
  succeed(...argv: readonly string[]): Promise<Ran>;
  /** With `-o json`: the one value on stdout, held to the documented shape of that kind. */
  json<K extends Kind>(kind: K, ...argv: readonly string[]): Promise<z.output<(typeof shapes)[K]> & { readonly exit: number }>;
}

export function commandLine(options: CommandLineOptions = {}): CommandLine {
  const store = options.store ?? createMemoryStore();
  const plans = rememberedPlans();
  const line: CommandLine = {
    store,
    plans,
    run: (...argv) => line.runWith({}, ...argv),
    runWith: async (how, ...argv) => {
      const written = { stdout: "", stderr: "" };
      const world = worldOf(store, plans, options, how, written);
      const exit = await runCli(argv, world, "0.1.0");
      return { exit, ...written };
    },
    succeed: async (...argv) => {
      const ran = await line.run(...argv);
      if (ran.exit !== 0) throw new Error(`rollpin ${argv.join(" ")} ended with ${ran.exit}\n${ran.stdout}${ran.stderr}`);
      return ran;
    },
    json: async (kind, ...argv) => {
      const ran = await line.run("-o", "json", ...argv);
      const printed = kind === "error" ? ran.stderr : ran.stdout;
      if (printed === "") throw new Error(`rollpin ${argv.join(" ")} printed nothing where ${kind} was expected; exit ${ran.exit}: ${ran.stdout}${ran.stderr}`);
      return Object.assign(z.parse(shapes[kind], JSON.parse(printed)) as object, { exit: ran.exit }) as never;
    },
  };
  return line;
}

function rememberedPlans(): PlanFolder {
  const texts = new Map<string, string>();
  return {
    place: "memory",
    keep: (fingerprint, text) => {
      texts.set(fingerprint, text);
      return Promise.resolve(ok(undefined));
    },
    find: (beginning) => Promise.resolve(ok([...texts].flatMap(([fingerprint, text]) => (fingerprint.startsWith(beginning) ? [{ fingerprint, text }] : [])))),
  };
}

/** Every world's store stays open for the next run. */
function worldOf(store: MemoryStore, plans: PlanFolder, { clock = systemClock, by = "jo@shop", env = {}, files = {}, inspector, datacentres }: CommandLineOptions, how: RunOptions, written: { stdout: string; stderr: string }): World {
  const answers = how.answers?.split("\n");
  const output = (stream: "stdout" | "stderr", listener?: (text: string) => void) => ({
    isTerminal: answers !== undefined,
    columns: how.columns ?? 80,
    write: (text: string) => {
      written[stream] += text;
      listener?.(text);
    },
  });
  return {
    env,
    stdin: {
      isTerminal: answers !== undefined,
      readAll: () => Promise.resolve(ok(how.stdin ?? "")),
      readLine: async () => {
        await how.beforeAnswer?.();
        return answers?.shift();
      },
    },
    stdout: output("stdout", how.onStdout),
    stderr: output("stderr", how.onStderr),
    clock,
    by,
    interrupted: how.interrupt ?? new AbortController().signal,
    readFile: (path) => Promise.resolve(files[path] === undefined ? err(`${path} can't be read: there is no such file`) : ok(files[path])),
    plans,
    planSuffix: () => nextSuffix(),
    openStore: ({ dc }) => Promise.resolve(datacentres === undefined ? ok({ ...store, close: () => undefined }) : storeIn(datacentres, dc)),
    openInspector: () => Promise.resolve(inspector === undefined ? err({ code: "fault" as const, message: "this test has no inspector" }) : ok(inspector)),
  };
}

function storeIn(datacentres: Readonly<Record<string, Store>>, dc: string | undefined): Result<Store, Failure> {
  const names = Object.keys(datacentres);
  const store = datacentres[dc ?? names[0] ?? ""];
  if (store === undefined) return err({ code: "fault", message: `this test has no datacentre ${dc}` });
  return ok({ ...store, catalog: { ...store.catalog, datacentres: () => Promise.resolve(ok(names)) }, close: () => undefined });
}

let suffixes = 0;
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

/** Six of the letters that plan ids use, another each time. */
function nextSuffix(): string {
  suffixes += 1;
  return Array.from({ length: 6 }, (_, place) => LETTERS[Math.floor(suffixes / LETTERS.length ** place) % LETTERS.length]).join("");
}
