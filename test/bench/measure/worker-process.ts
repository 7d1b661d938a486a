/** One child of a bench, as its parent sees it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface WorkerProcess {
  send(message: object): void;
  /** The next thing it says, in order; nothing is lost between two calls. */
  next(): Promise<unknown>;
  end(): Promise<void>;
}

const PATIENCE_MS = 120_000;

/** `script` is one of this bench's, without its ending; what it says first is the first `next`. */
export function startWorkerProcess(script: string, { env = process.env, execArgv = [] }: { readonly env?: NodeJS.ProcessEnv; readonly execArgv?: readonly string[] } = {}): WorkerProcess {
  const child = fork(fileURLToPath(new URL(`./${script}.mjs`, import.meta.url)), { env, execArgv: [...execArgv] });
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
  return {
    send: (message) => void child.send(message),
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
}
