import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Failure, usage } from "../ending.ts";

export interface Git {
  /** Absolute. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Pieces of what the child reads from its stdin. */
export type GitInput = Iterable<string | Buffer>;

export interface GitRan {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Whatever the repository or the user has set: no hooks, no programs of others, and every byte as it is. */
const SETTINGS = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false", "core.safecrlf=false", "core.quotePath=false", "gc.auto=0", "maintenance.auto=false", "merge.verifySignatures=false"];

/** Git to its end, without a shell. A failure only where it couldn't be run at all, or was interrupted. */
export async function runGit({ env, folder, signal }: Git, args: readonly string[], input: GitInput = []): Promise<Result<GitRan, Failure>> {
  const argv = ["-C", folder, ...SETTINGS.flatMap((setting) => ["-c", setting]), ...args];
  const child = spawn("git", argv, { env: environmentOf(env, folder), stdio: ["pipe", "pipe", "pipe"], signal, killSignal: "SIGTERM" });
  const ended = new Promise<Result<number | null, Error>>((resolve) => {
    child.once("error", (error) => resolve(err(error)));
    child.once("close", (code) => resolve(ok(code)));
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A child that ends early says why itself.
  child.stdin.on("error", () => undefined);
  await feed(child.stdin, input);
  const code = await ended;
  if (signal.aborted) return err({ code: "interrupted", message: "stopped; what was exported before stands, and running it again goes on from there" });
  if (!code.ok) return err(usage(describeStart(code.fault)));
  return ok({ code: code.value, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8").trim() });
}

/** What it printed; a failure with Git's own words where it ends otherwise than well. */
export async function askGit(git: Git, args: readonly string[], input?: GitInput): Promise<Result<Buffer, Failure>> {
  const ran = await runGit(git, args, input);
  if (!ran.ok) return ran;
  return ran.value.code === 0 ? ok(ran.value.stdout) : err(usage(describeEnd(git, args, ran.value)));
}

export function describeEnd({ folder }: Git, [verb = ""]: readonly string[], { code, stderr }: GitRan): string {
  const said = stderr.split("\n").filter((line) => line !== "").slice(0, 5).join("; ");
  return `git ${verb} in ${folder} ended with ${code ?? "a signal"}${said === "" ? "" : `: ${said}`}`;
}

function describeStart(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "git can't be run: install it, or put its folder into PATH";
  return `git can't be run: ${error.message}`;
}

/** Variables of a Git around this process (in a hook, say) would point it elsewhere. */
function environmentOf(env: Git["env"], folder: string): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("GIT_")));
  return { ...kept, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", GIT_CEILING_DIRECTORIES: dirname(folder) };
}

async function feed(stdin: NodeJS.WritableStream & { readonly destroyed?: boolean }, input: GitInput): Promise<void> {
  for (const piece of input) {
    if (stdin.destroyed === true) return;
    if (stdin.write(piece)) continue;
    await new Promise<void>((resolve) => {
      stdin.once("drain", resolve);
      stdin.once("close", resolve);
      stdin.once("error", () => resolve());
    });
  }
  stdin.end();
}
