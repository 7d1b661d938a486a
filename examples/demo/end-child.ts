import type { ChildProcess } from "node:child_process";
import { systemClock } from "../../core/clock.ts";

/** Resolves when the child is gone, or was killed because it was still there `limitMs` after the signal. */
export async function endChild(child: ChildProcess, signal: "SIGINT" | "SIGTERM", limitMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new AbortController();
  child.once("exit", () => ended.abort());
  child.kill(signal);
  await systemClock.sleep(limitMs, ended.signal);
  if (!ended.signal.aborted) child.kill("SIGKILL");
}
