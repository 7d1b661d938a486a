/** How far a request got, seen from outside: what may have reached Consul decides whether a fault is safe to retry. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TransportFailure } from "./transport.ts";

/** An answer of more than this is no answer of Consul's: a value is 512 KiB at most. */
const MOST_ANSWER_BYTES = 128 * 1024 * 1024;

export interface Progress {
  sent: boolean;
  reused: boolean;
  answered: boolean;
  /** The first one, before anybody dressed its message up. */
  error: NodeJS.ErrnoException | undefined;
}

export function startProgress(): Progress {
  return { sent: false, reused: false, answered: false, error: undefined };
}

/** Connections that stood once. */
const established = new WeakSet<Socket>();

/** Calls `cut` where an answer breaks off or won't end: neither the `consul` package nor node:http ends such a request. */
export function followRequest(request: ClientRequest, progress: Progress, cut: () => void): void {
  const fail = (error: Error): void => {
    progress.error ??= error;
    cut();
  };
  request.once("socket", (socket) => {
    progress.reused = established.has(socket);
    progress.sent = progress.reused;
    if (progress.reused) return;
    // A TLS socket stands when the handshake is over; a plain one never says "secureConnect".
    socket.once("encrypted" in socket ? "secureConnect" : "connect", () => {
      established.add(socket);
      progress.sent = true;
    });
  });
  request.on("error", (error) => {
    progress.error ??= error;
  });
  request.once("response", (answer) => {
    progress.answered = true;
    followAnswer(answer, fail);
  });
}

function followAnswer(answer: IncomingMessage, fail: (error: Error) => void): void {
  let bytes = 0;
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) fail(new Error(`the answer is longer than ${MOST_ANSWER_BYTES} bytes`));
  });
  answer.on("error", fail);
  answer.once("close", () => {
    if (!answer.complete) fail(new Error("the answer broke off"));
  });
}

export function describeFailure(kind: TransportFailure["kind"], { sent, reused, answered, error }: Progress, thrown?: unknown): TransportFailure {
  const cause = error ?? (thrown instanceof Error ? thrown : undefined);
  return { kind, sent, reused, answered, code: errorCode(cause), message: errorMessage(cause) };
}

const errorCode = (error: NodeJS.ErrnoException | undefined): string | undefined => error?.code;

/** Where a name has several addresses, Node's error has one error for each and no message of its own. */
function errorMessage(error: Error | undefined): string {
  if (error instanceof AggregateError) return error.errors.map((one) => (one as Error).message).join("; ");
  return error?.message ?? "no reason was given";
}
