/**
 * A bug that nobody caught ends the agent, and what it runs goes on. Node itself would print the error with all that hangs
 * on it, a request and its headers perhaps, and put the same into its report: here both get its words only, redacted.
 */
import { EXIT } from "./exit.ts";
import type { Log } from "./log.ts";
import { type Environment, redactPrinted } from "./redact.ts";

export interface CrashWatch {
  /** Secrets that are in use from now on, by names that give them away; those of before are not used any more. */
  knows(secrets: readonly Environment[]): void;
}

/** `env`: what the agent was started with. */
export function watchCrashes(process: NodeJS.Process, log: Log, env: Environment): CrashWatch {
  let known: readonly Environment[] = [];
  // From Node 22.13 on: the environment is what the service inherits, and no business of a report.
  Object.assign(process.report, { excludeEnv: true });
  process.on("uncaughtException", (thrown: unknown, origin) => {
    const words = redactPrinted(wordsOf(thrown), env, ...known);
    log.error({ event: "crash", origin }, `fault in rollpin, please report it; what it runs goes on: ${words}`);
    if (process.report.reportOnUncaughtException) process.report.writeReport(withStack(words));
    process.exit(EXIT.fault);
  });
  return {
    knows(secrets) {
      known = secrets;
    },
  };
}

function wordsOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.stack ?? thrown.message;
  return typeof thrown === "string" ? thrown : `a ${typeof thrown} was thrown`;
}

function withStack(words: string): Error {
  const [message = ""] = words.split("\n", 1);
  return Object.assign(new Error(message), { stack: words });
}
