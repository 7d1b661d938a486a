/** One child with a share of a population's watchers, as its parent sees it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Start } from "./messages.ts";

export interface WorkerProcess {
  /** The next thing it says, in order; nothing is lost between two calls. */
  next(): Promise<unknown>;
  end(): Promise<void>;
}

const PATIENCE_MS = 120_000;

/** Resolves when all its watchers are parked. */
export async function startWorkerProcess(start: Start, execArgv: readonly string[]): Promise<WorkerProcess> {
  const child = fork(fileURLToPath(new URL("./propagation/worker.mjs", import.meta.url)), { execArgv: [...execArgv] });
  const said: unknown[] = [];
  let wake: (() => void) | undefined;
  let isGone = false;
  child.on("message", (message) => {
    said.push(message);
    wake?.();
  });
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      isGone = true;
      wake?.();
      resolve();
    });
  });
  const worker: WorkerProcess = {
    async next() {
      if (said.length === 0 && !isGone) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, PATIENCE_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      if (said.length > 0) return said.shift();
      throw new Error(isGone ? `worker ${child.pid} ended with ${child.exitCode ?? child.signalCode}` : `worker ${child.pid} said nothing for ${PATIENCE_MS} ms`);
    },
    async end() {
      if (!isGone) child.disconnect();
      await gone;
    },
  };
  child.send(start);
  const first = await worker.next();
  if (first !== "ready") throw new Error(`worker ${child.pid} said ${JSON.stringify(first)} where "ready" was due`);
  return worker;
}
