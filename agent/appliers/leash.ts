/** Ends a command with its agent, however the agent ends: an orphan would go on beside the run that another agent begins. */
import { spawn } from "node:child_process";

/**
 * Waits for its standard input to end. A word on it says that the command has ended by itself; without one, whoever held
 * the other end was killed. Only that number is an argument; nothing else comes into the script.
 */
const SCRIPT = 'read -r word; [ "$word" = ended ] || kill -s KILL -- "-$1"';

export interface Leash {
  /** The command has ended. */
  release(): void;
}

/** For the process group that `group` leads. In a session of its own, so that nothing that ends the agent's group ends it first. */
export function leash(group: number): Leash {
  const watcher = spawn("/bin/sh", ["-c", SCRIPT, "sh", String(group)], { stdio: ["pipe", "ignore", "ignore"], detached: true, env: {}, cwd: "/" });
  // Without a shell there is no leash; the next run says to its command that it is a further attempt all the same.
  watcher.on("error", () => undefined);
  watcher.stdin?.on("error", () => undefined);
  watcher.unref();
  return { release: () => void watcher.stdin?.end("ended\n") };
}
