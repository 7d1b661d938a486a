/**
 * For the case that the demo itself is killed: a shell that waits on a pipe from us. When the pipe closes without a
 * word we are gone, and it ends the agents (which stop their services) and removes the folder, as we would have done.
 */
import { spawn } from "node:child_process";

const WATCHDOG = `
folder=$1; shift
read -r _ && exit 0
kill -TERM "$@" 2>/dev/null
for pid; do
  tenths=0
  while kill -0 "$pid" 2>/dev/null && [ "$tenths" -lt 150 ]; do sleep 0.1; tenths=$((tenths + 1)); done
  kill -9 "$pid" 2>/dev/null
done
rm -rf -- "$folder"`;

/** Returns what calls it off. */
export function watchOver(pids: readonly number[], folder: string): () => void {
  const shell = spawn("sh", ["-c", WATCHDOG, "rollpin-demo-watchdog", folder, ...pids.map(String)], { cwd: "/", stdio: ["pipe", "ignore", "ignore"], detached: true });
  shell.once("error", () => {});
  shell.stdin.once("error", () => {});
  return () => void shell.stdin.end("ended\n");
}
