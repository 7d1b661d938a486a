/** `rollpin` as an operator runs it: a process, its words, its output, its exit code. */
import { spawn } from "node:child_process";
import { systemClock } from "../../core/clock.ts";
import type { Environment } from "./consul.ts";

export interface Ran {
  /** What was typed. */
  readonly typed: string;
  readonly exit: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export type RunRollpin = (words: readonly string[]) => Promise<Ran>;

export interface RollpinWanted {
  readonly rollpin: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** An interrupted command gets SIGTERM, and is waited for like any other. */
export function rollpinRunner({ env, rollpin, signal }: RollpinWanted): RunRollpin {
  return (words) =>
    new Promise((resolve, reject) => {
      const startedAt = systemClock.now();
      const child = spawn(process.execPath, [rollpin, ...words], { env: { ...env, COLUMNS: "76" }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
      const end = (): void => void child.kill("SIGTERM");
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("error", reject);
      child.once("close", (code) => {
        signal.removeEventListener("abort", end);
        resolve({ typed: ["rollpin", ...words.map(quote)].join(" "), exit: code ?? undefined, stdout, stderr, startedAt, endedAt: systemClock.now() });
      });
    });
}

/** As a shell would have it typed. */
function quote(word: string): string {
  return /^[A-Za-z0-9._/:=%-]+$/.test(word) ? word : `"${word.replaceAll(/(["\\$`])/g, "\\$1")}"`;
}
