import type { IncomingMessage, ServerResponse } from "node:http";
import { endToEnd, pairs } from "./headers.ts";

export interface Relay {
  readonly breakOff: () => void;
  /** The client's connection ends with this answer. */
  readonly mustClose: boolean;
}

/** Carries an answer back, at the client's pace. Where either side breaks off, so does the other: half an answer never looks whole. */
export async function relayResponse(incoming: IncomingMessage, response: ServerResponse, { breakOff, mustClose }: Relay): Promise<void> {
  const headers = endToEnd(incoming.rawHeaders);
  if (incoming.headers["transfer-encoding"] !== undefined && hasBody(incoming, response)) headers.push("Transfer-Encoding", "chunked");
  if (mustClose) headers.push("Connection", "close");
  response.sendDate = false;
  response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers);
  await new Promise<void>((resolve) => {
    incoming.once("end", () => {
      if (incoming.rawTrailers.length > 0) response.addTrailers(pairs(incoming.rawTrailers));
      response.end();
      resolve();
    });
    const ended = (): void => {
      if (!incoming.complete || !incoming.readableEnded) breakOff();
      resolve();
    };
    incoming.once("error", ended).once("close", ended);
    response.once("close", ended);
    incoming.pipe(response, { end: false });
  });
}

/** HTTP/1.0 knows no chunks: there, Node ends the connection with the body. */
function hasBody({ statusCode }: IncomingMessage, { req }: ServerResponse): boolean {
  return req.method !== "HEAD" && statusCode !== 204 && statusCode !== 304 && req.httpVersionMinor > 0;
}
