/** How far a request got, seen from outside: what may have reached Consul decides whether a fault is safe to retry. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TransportFailure } from "./transport.ts";

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

export interface Cut {
  /** Bytes of an answer beyond which it isn't read on. */
  readonly mostBytes: number;
  readonly cut: (kind: "broken" | "oversized") => void;
}

/** Calls `cut` where an answer breaks off, won't end or is too long: neither the `consul` package nor node:http ends such a request. */
export function followRequest(request: ClientRequest, progress: Progress, { cut, mostBytes }: Cut): void {
  const fail = (kind: "broken" | "oversized", error: Error): void => {
    progress.error ??= error;
    cut(kind);
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
    followAnswer(answer, mostBytes, fail);
  });
}

function followAnswer(answer: IncomingMessage, mostBytes: number, fail: (kind: "broken" | "oversized", error: Error) => void): void {
  const announced = Number(answer.headers["content-length"] ?? 0);
  let bytes = 0;
  const refuseLonger = (length: number): void => {
    if (length > mostBytes) fail("oversized", new Error(`the answer has ${announced > mostBytes ? announced : `more than ${mostBytes}`} bytes, and at most ${mostBytes} are read`));
  };
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    refuseLonger(bytes);
  });
  answer.on("error", (error) => fail("broken", error));
  answer.once("close", () => {
    if (!answer.complete) fail("broken", new Error("the answer broke off"));
  });
  refuseLonger(announced);
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
