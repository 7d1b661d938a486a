import { connect } from "node:net";
import { type Clock, callAfter } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";

/** HAProxy answers within milliseconds, or it is stuck. */
const ANSWER_MS = 5_000;

export interface RuntimeSocket {
  /** One connection, one request; the answer as it came. The fault is a sentence. HAProxy: management, 9.3. */
  ask(request: string): Promise<Result<string, string>>;
}

export function openRuntimeSocket(path: string, clock: Clock): RuntimeSocket {
  return {
    ask: (request) =>
      new Promise((resolve) => {
        const socket = connect({ path, allowHalfOpen: true });
        const parts: Buffer[] = [];
        const endLimit = callAfter(clock, ANSWER_MS, () => end(err(`HAProxy's socket ${path} took a command, and has not answered within ${ANSWER_MS / 1000} s`)));
        const end = (result: Result<string, string>): void => {
          endLimit();
          socket.destroy();
          resolve(result);
        };
        socket.on("data", (part: Buffer) => void parts.push(part));
        socket.once("end", () => end(ok(Buffer.concat(parts).toString("latin1"))));
        socket.once("error", (error) => end(err(`HAProxy's socket ${path} can't be used: ${error.message}`)));
        socket.end(`${request}\n`, "latin1");
      }),
  };
}
