import type { IncomingMessage, ServerResponse } from "node:http";
import { type Framing, framingOf } from "./headers.ts";

/** One request and its answer, as the client sees them. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly framing: Framing;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;
  /** The client's connection, or the answer, has ended. */
  isOver(): boolean;
  /** Calls back once when it has; the newest listener only, for one stage follows the other. A signal for each request would cost a tenth of its handling. */
  onOver(listener: () => void): void;
}

export function beginExchange(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Exchange {
  let isOver = false;
  let listener = (): void => undefined;
  response.once("close", () => {
    isOver = true;
    listener();
  });
  return {
    request,
    response,
    method: request.method ?? "GET",
    framing: framingOf(request.headers),
    expectsContinue,
    isOver: () => isOver,
    onOver(next) {
      listener = next;
    },
  };
}

/** For what waits. */
export function signalOf(exchange: Exchange): AbortSignal {
  const gone = new AbortController();
  if (exchange.isOver()) gone.abort();
  else exchange.onOver(() => gone.abort());
  return gone.signal;
}
