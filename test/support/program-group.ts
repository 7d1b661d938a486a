/** A program that starts workers: the group of its processes, and what it says. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

export interface ProgramGroup {
  /** Of the master; undefined before the first start. */
  readonly pid: () => number | undefined;
  start(program: string, words: readonly string[], as?: Pick<SpawnOptions, "cwd" | "gid" | "uid">): ChildProcess;
  /** SIGKILL, to master and workers. */
  readonly kill: () => Promise<void>;
  readonly output: () => string;
}

export function createProgramGroup(): ProgramGroup {
  let child: ChildProcess | undefined;
  let said = "";
  return {
    pid: () => child?.pid,
    start(program, words, as = {}) {
      const started = spawn(program, words, { ...as, stdio: ["ignore", "pipe", "pipe"], detached: true });
      child = started;
      for (const stream of [started.stdout, started.stderr]) stream.on("data", (part: Buffer) => (said += part.toString()));
      return started;
    },
    async kill() {
      const { pid } = child ?? {};
      if (pid === undefined || child?.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      // Master and workers are one group.
      process.kill(-pid, "SIGKILL");
      await ended;
    },
    output: () => said,
  };
}
