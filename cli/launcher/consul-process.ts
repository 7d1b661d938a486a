/**
 * One Consul process that ends when we do, however we end: a watchdog shell reads a pipe that only we hold. The pipe
 * closing without a word, as on our SIGKILL, makes it kill Consul and remove the folder.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";

const WATCHDOG = `
read -r _ && exit 0
kill -9 "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
rm -rf -- "$2"`;

const LOG = "consul.log";
/** In a node's folder: the pid, so that a later run can end what even the watchdog missed. */
export const PID_FILE = "consul.pid";

export interface ConsulProcess {
  readonly pid: number;
  isRunning(): boolean;
  /** Sends nothing once the process has ended. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process has ended and been reaped; never rejects. */
  readonly ended: Promise<void>;
}

export interface ProcessPlace {
  readonly binary: string;
  readonly args: readonly string[];
  /** The node's own folder: log and pid. */
  readonly folder: string;
  /** What the watchdog removes. */
  readonly root: string;
}

/** Rejects when the binary can't be run at all. */
export async function spawnConsul({ binary, args, folder, root }: ProcessPlace): Promise<ConsulProcess> {
  const log = openSync(join(folder, LOG), "a");
  // A session of its own: Ctrl-C in a terminal is ours to pass on, or not.
  const child = spawn(binary, args, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await once(child, "spawn");
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${binary} was started and has no process id`);
  child.unref();
  const release = watch(pid, root);
  child.once("exit", release);
  if (!isRunning(child)) release();
  await writeFile(join(folder, PID_FILE), `${pid}\n`);
  return { pid, ended, isRunning: () => isRunning(child), signal: (name) => void (isRunning(child) && child.kill(name)) };
}

/** The end of what this node's processes printed. */
export async function lastWords(folder: string): Promise<string> {
  const text = await readFile(join(folder, LOG), "utf8").catch(() => "");
  return text.slice(-4_096).trim();
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function watch(pid: number, root: string): () => void {
  const watchdog = spawn("sh", ["-c", WATCHDOG, "rollpin-watchdog", String(pid), root], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  watchdog.unref();
  watchdog.once("error", () => {});
  watchdog.stdin.once("error", () => {});
  // The pipe alone must not keep us alive; Node's types hide that it is a socket.
  (watchdog.stdin as Partial<Pick<import("node:net").Socket, "unref">>).unref?.();
  return () => void watchdog.stdin.end("ended\n");
}
