import { type ClientRequest, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { Socket } from "node:net";
import type { Unanswered } from "./determine-retry.ts";
import { type Framing, pairs, requestHeaders } from "./headers.ts";
import type { HttpProxyDeps } from "./proxy.ts";
import { relayResponse } from "./relay-response.ts";
import type { Upstream } from "./upstream.ts";

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly framing: Framing;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;
}

/** `answered`: an answer has begun, and has ended now, well or not. */
export type Sent = { readonly kind: "answered" } | (Unanswered & { readonly bodySent: boolean }) | { readonly kind: "client-gone" };

/** RFC 9110, 10.1.1: nobody waits for `100 Continue` for ever. */
const CONTINUE_MS = 1_000;

/** One try: the request goes out, its body follows once there is a connection, the answer is carried back. */
export function sendRequest(exchange: Exchange, upstream: Upstream, deps: HttpProxyDeps): Promise<Sent> {
  const { request, response } = exchange;
  return new Promise((resolve) => {
    const outgoing = startRequest(exchange, upstream, deps);
    let isOver = false;
    let isConnected = false;
    let isLate = false;
    const leave = deps.traffic.enter(upstream, { cut: () => outgoing.destroy() });
    const finish = (sent: Sent): void => {
      if (isOver) return;
      isOver = true;
      response.off("close", onClientGone);
      leave();
      resolve(sent);
    };
    const onClientGone = (): void => {
      finish({ kind: "client-gone" });
      outgoing.destroy();
    };
    response.once("close", onClientGone);
    outgoing.setTimeout(deps.responseTimeoutMs());
    // The pool's own limit for connections that rest shows here too, on one that is still being made.
    outgoing.on("timeout", () => {
      isLate = isConnected;
      if (isLate) outgoing.destroy();
    });
    const body = bodySender(exchange, outgoing);
    outgoing.on("socket", (socket) => whenConnected(socket, () => {
      isConnected = true;
      if (exchange.expectsContinue) void deps.clock.sleep(CONTINUE_MS).then(() => isOver || body.send());
      else body.send();
    }));
    outgoing.on("continue", () => {
      response.writeContinue();
      body.send();
    });
    outgoing.on("information", ({ statusCode, headers }) => {
      if (statusCode === 103 && headers["link"] !== undefined) response.writeEarlyHints({ link: headers["link"] });
    });
    outgoing.once("response", (incoming) => {
      outgoing.setTimeout(0);
      response.off("close", onClientGone);
      const mustClose = deps.isLeaving() || (exchange.expectsContinue && !body.isSent());
      const breakOff = (): void => {
        response.destroy();
        outgoing.destroy();
      };
      void relayResponse(incoming, response, { breakOff, mustClose }).catch(breakOff).finally(() => finish({ kind: "answered" }));
    });
    // A body that is cut short shows as this too, after the answer has begun: then relayResponse has seen it.
    outgoing.on("error", () => {
      request.unpipe(outgoing);
      if (response.headersSent) return;
      finish({ kind: isLate ? "late" : isConnected ? "lost" : "refused", reused: outgoing.reusedSocket, bodySent: body.isSent() });
    });
  });
}

function startRequest({ framing, request }: Exchange, upstream: Upstream, { pools }: HttpProxyDeps): ClientRequest {
  const { headers, method = "GET", rawHeaders, socket, url = "/" } = request;
  const hasTrailers = /(^|,)\s*trailers\s*(;|,|$)/i.test(String(headers["te"]));
  const outgoing = send({
    host: upstream.host,
    port: upstream.port,
    agent: pools.of(upstream),
    method,
    path: url,
    headers: requestHeaders({ raw: rawHeaders, method, framing, hasTrailers, client: socket.remoteAddress }),
  });
  if (framing === "none") outgoing.end();
  else outgoing.flushHeaders();
  return outgoing;
}

function whenConnected(socket: Socket, begin: () => void): void {
  if (socket.connecting) socket.once("connect", begin);
  else begin();
}

/** At the client's pace and the upstream's: what one doesn't take isn't read from the other. */
function bodySender({ framing, request }: Exchange, outgoing: ClientRequest): { send(): void; isSent(): boolean } {
  let isSent = framing === "none";
  return {
    isSent: () => isSent && framing !== "none",
    send() {
      if (isSent) return;
      isSent = true;
      request.pipe(outgoing, { end: false });
      request.once("end", () => {
        if (framing === "chunked" && request.rawTrailers.length > 0) outgoing.addTrailers(pairs(request.rawTrailers));
        outgoing.end();
      });
    },
  };
}
