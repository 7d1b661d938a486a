import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Exchange } from "./exchange.ts";
import { type ResponseHead, pairs, responseHead } from "./headers.ts";

export interface Relay {
  readonly outgoing: ClientRequest;
  /** The client's connection ends with this answer. */
  readonly mustClose: boolean;
  /** Once, when the upstream has nothing more to do with it. */
  readonly onEnd: () => void;
}

/** Carries an answer back, at the client's pace. Where either side breaks off, so does the other: half an answer never looks whole. */
export function relayResponse(incoming: IncomingMessage, exchange: Exchange, { mustClose, onEnd, outgoing }: Relay): void {
  const { response } = exchange;
  const breakOff = (): void => {
    response.destroy();
    outgoing.destroy();
    onEnd();
  };
  // Before anything that may fail: a client that is gone breaks off, too.
  exchange.onOver(() => response.writableFinished || incoming.readableEnded || breakOff());
  incoming.on("error", breakOff).on("close", () => incoming.complete || breakOff());
  const head = responseHead(incoming.rawHeaders);
  if (!writeHead(incoming, response, head, mustClose)) return breakOff();
  let left = head.isChunked ? Infinity : head.length;
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    // Head and whole body in one go where they came so.
    if (left === 0) return void response.end(chunk);
    if (response.write(chunk)) return;
    incoming.pause();
    response.once("drain", () => incoming.resume());
  });
  incoming.on("end", () => {
    if (incoming.rawTrailers.length > 0) response.addTrailers(pairs(incoming.rawTrailers));
    if (!response.writableEnded) response.end();
    onEnd();
  });
}

/** Whether it could be written: Node refuses what a head mustn't hold. */
function writeHead(incoming: IncomingMessage, response: ServerResponse, { headers, isChunked }: ResponseHead, mustClose: boolean): boolean {
  if (isChunked && hasBody(incoming, response)) headers.push("Transfer-Encoding", "chunked");
  if (mustClose) headers.push("Connection", "close");
  response.sendDate = false;
  try {
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers);
    return true;
  } catch {
    return false;
  }
}

/** HTTP/1.0 knows no chunks: there, Node ends the connection with the body. */
function hasBody({ statusCode }: IncomingMessage, { req }: ServerResponse): boolean {
  return req.method !== "HEAD" && statusCode !== 204 && statusCode !== 304 && req.httpVersionMinor > 0;
}
