/** The one place that runs a short command: an argv from the agent's own file, never a shell string. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { redactPrinted } from "../redact.ts";
import { type LastLines, keepLastLines } from "./last-lines.ts";
import { leash } from "./leash.ts";

export interface Command {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly timeoutMs: number;
  /** Beside the agent's own environment, of which nothing that looks like Consul's credentials is passed on. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Written to its standard input, which is then closed. Absent: no standard input. */
  readonly input?: string | undefined;
  /** It must not outlive this agent, not even one that is killed. */
  readonly leashed?: boolean | undefined;
  /** Told what it printed last, as it prints, without secrets. */
  readonly onPrinted?: ((line: string) => void) | undefined;
}

export interface CommandFault {
  /** `spawn`: it never ran. The others: it ran, and the whole process group was killed if it had not ended. */
  readonly kind: "spawn" | "exit" | "signal" | "timeout" | "aborted";
  /** A sentence, with the last lines that it printed. */
  readonly message: string;
}

export interface CommandOutput {
  /** The first bytes of its standard output. */
  readonly stdout: string;
}

/** Of standard output; what follows is read and dropped. */
const MOST_OUTPUT = 64 * 1024;
/** Between SIGTERM and SIGKILL for a command that is out of time or no longer wanted. */
const GRACE_MS = 500;
/** How long output is waited for after the command itself ended: a grandchild may hold the pipe for ever. */
const OUTPUT_GRACE_MS = 200;

export async function runCommand(command: Command, clock: Clock, signal: AbortSignal): Promise<Result<CommandOutput, CommandFault>> {
  const [program = "", ...rest] = command.argv;
  if (signal.aborted) return err({ kind: "aborted", message: `${program} was not started: the agent has something newer to do` });
  const child = start(program, rest, command);
  const held = command.leashed === true && child.pid !== undefined ? leash(child.pid) : undefined;
  const output = collect(child, command);
  feed(child, command.input);
  const ended = ending(child);
  const stopped = new AbortController();
  const given = clock.sleep(command.timeoutMs, stopped.signal).then((): Ending => ({ kind: "timeout" }));
  const first = await Promise.race([ended, given, aborted(signal, stopped.signal)]);
  stopped.abort();
  if (first.kind === "timeout" || first.kind === "aborted") await stop(child, ended, clock);
  await Promise.race([output.closed, clock.sleep(OUTPUT_GRACE_MS)]);
  release(child);
  held?.release();
  return judge(first, command, output);
}

type Ending =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "signal"; readonly name: string }
  | { readonly kind: "spawn"; readonly cause: string }
  | { readonly kind: "timeout" }
  | { readonly kind: "aborted" };

/** In a process group of its own, so that all of it can be stopped. */
function start(program: string, rest: readonly string[], command: Command): ChildProcess {
  return spawn(program, rest, {
    cwd: command.folder,
    env: { ...ownEnvironment(), ...command.environment },
    stdio: [command.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    detached: true,
    shell: false,
  });
}

/** Handed down unread, but for the agent's credentials: those are the agent's alone. */
function ownEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !CREDENTIALS.includes(name)));
}
export const CREDENTIALS: readonly string[] = ["CONSUL_HTTP_TOKEN", "CONSUL_HTTP_TOKEN_FILE", "CONSUL_HTTP_AUTH"];

/** A child that doesn't read its input, or ends before it has, is no error: EPIPE and its kin are swallowed. */
function feed(child: ChildProcess, input: string | undefined): void {
  child.stdin?.on("error", () => undefined);
  if (input !== undefined) child.stdin?.end(input);
}

interface Output {
  readonly stdout: () => string;
  /** Of standard error, which much output can't drown; of the output where nothing stands there. */
  readonly lastLines: () => string;
  readonly closed: Promise<void>;
}

function collect(child: ChildProcess, { environment = {}, onPrinted }: Command): Output {
  const chunks: Buffer[] = [];
  const printed = keepLastLines();
  const complained = keepLastLines();
  let bytes = 0;
  const tell = (of: LastLines): void => onPrinted?.(redactPrinted(of.lines().at(-1) ?? "", process.env, environment));
  child.stdout?.on("data", (chunk: Buffer) => {
    if (bytes < MOST_OUTPUT) chunks.push(chunk.subarray(0, MOST_OUTPUT - bytes));
    bytes += chunk.length;
    printed.add(chunk);
    tell(printed);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    complained.add(chunk);
    tell(complained);
  });
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  return { stdout: () => Buffer.concat(chunks).toString("utf8"), lastLines: () => (complained.lines().length > 0 ? complained : printed).asSuffix(), closed };
}

function ending(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ kind: "spawn", cause: error.message }));
    child.once("exit", (code, name) => resolve(code === null ? { kind: "signal", name: name ?? "unknown" } : { kind: "exit", code }));
  });
}

function aborted(signal: AbortSignal, until: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    const listener = (): void => resolve({ kind: "aborted" });
    signal.addEventListener("abort", listener, { once: true });
    until.addEventListener("abort", () => signal.removeEventListener("abort", listener), { once: true });
  });
}

async function stop(child: ChildProcess, ended: Promise<Ending>, clock: Clock): Promise<void> {
  signalGroup(child, "SIGTERM");
  await Promise.race([ended, clock.sleep(GRACE_MS)]);
  signalGroup(child, "SIGKILL");
  await ended;
}

/** The leader may be gone while its group lives, so the group is signalled whatever became of the leader. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A grandchild that outlived the command must not keep the agent's pipes open. */
function release(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function judge(first: Ending, command: Command, output: Output): Result<CommandOutput, CommandFault> {
  if (first.kind === "exit" && first.code === 0) return ok({ stdout: output.stdout() });
  const [program = ""] = command.argv;
  return err({ kind: first.kind, message: `${program} ${describe(first, command)}${redactPrinted(output.lastLines(), process.env, command.environment ?? {})}` });
}

function describe(first: Ending, command: Command): string {
  switch (first.kind) {
    case "exit":
      return `ended with exit code ${first.code}`;
    case "signal":
      return `was ended by ${first.name}`;
    case "spawn":
      return `could not be started in ${command.folder}: ${first.cause}`;
    case "timeout":
      return `did not end within ${command.timeoutMs} ms and was killed, its process group too`;
    case "aborted":
      return "was stopped because the agent has something newer to do";
  }
}
