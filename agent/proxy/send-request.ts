import { type ClientRequest, request as send } from "node:http";
import type { Socket } from "node:net";
import { type Clock, callAfter } from "../../core/clock.ts";
import type { Unanswered } from "../../core/decide/routing/determine-retry.ts";
import type { Exchange } from "./exchange.ts";
import { pairs, requestHeaders } from "./headers.ts";
import type { HttpProxyDeps } from "./proxy.ts";
import { relayResponse } from "./relay-response.ts";
import type { Upstream } from "./upstream.ts";

/** `answered`: an answer has begun (`at`, monotonic milliseconds), and has ended now, well or not. */
export type Sent = { readonly kind: "answered"; readonly at: number } | (Unanswered & { readonly bodySent: boolean }) | { readonly kind: "client-gone" };

/** RFC 9110, 10.1.1: nobody waits for `100 Continue` for ever. */
const CONTINUE_MS = 1_000;
/** A host that is gone doesn't even refuse. */
const CONNECT_MS = 2_000;

/** One try: the request goes out, its body follows once there is a connection, the answer is carried back. It must begin by `until`, monotonic milliseconds. */
export function sendRequest(exchange: Exchange, upstream: Upstream, until: number, deps: HttpProxyDeps): Promise<Sent> {
  return new Promise((resolve) => {
    const outgoing = startRequest(exchange, upstream, deps);
    const leave = deps.traffic.enter(upstream, { cut: () => outgoing.destroy() });
    const state: TryState = { isConnected: false, isLate: false, isOver: false, body: bodySender(exchange, outgoing) };
    const limit = deps.deadlines.set(until, () => {
      // Before there is a connection nothing was sent, so that another upstream may take it.
      state.isLate = state.isConnected;
      outgoing.destroy();
    });
    const finish = (sent: Sent): void => {
      if (state.isOver) return;
      state.isOver = true;
      deps.deadlines.clear(limit);
      leave();
      resolve(sent);
    };
    exchange.onOver(() => {
      finish({ kind: "client-gone" });
      outgoing.destroy();
    });
    outgoing.on("socket", (socket) => {
      if (socket.connecting) awaitConnection(socket, outgoing, deps.clock, () => begin(exchange, state, deps.clock));
      else begin(exchange, state, deps.clock);
    });
    outgoing.on("response", (incoming) => {
      deps.deadlines.clear(limit);
      const at = deps.clock.monotonic();
      const mustClose = deps.isLeaving() || (exchange.expectsContinue && !state.body.isSent());
      relayResponse(incoming, exchange, { outgoing, mustClose, onEnd: () => finish({ kind: "answered", at }) });
    });
    // A body that is cut short shows as this too, after the answer has begun: then relayResponse has seen it.
    outgoing.on("error", () => {
      exchange.request.unpipe(outgoing);
      if (exchange.response.headersSent) return;
      finish({ kind: state.isLate ? "late" : state.isConnected ? "lost" : "refused", reused: outgoing.reusedSocket, bodySent: state.body.isSent() });
    });
    carryInterim(exchange, outgoing, state);
  });
}

interface TryState {
  isConnected: boolean;
  isLate: boolean;
  isOver: boolean;
  readonly body: BodySender;
}

function startRequest({ framing, method, request }: Exchange, upstream: Upstream, { pools }: HttpProxyDeps): ClientRequest {
  const { headers, rawHeaders, socket, url = "/" } = request;
  const hasTrailers = headers["te"] !== undefined && /(^|,)\s*trailers\s*(;|,|$)/i.test(String(headers["te"]));
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

function awaitConnection(socket: Socket, outgoing: ClientRequest, clock: Clock, connected: () => void): void {
  const endLimit = callAfter(clock, CONNECT_MS, () => outgoing.destroy(new Error("no connection")));
  socket.once("close", endLimit).once("connect", () => {
    endLimit();
    connected();
  });
}

function begin({ expectsContinue }: Exchange, state: TryState, clock: Clock): void {
  state.isConnected = true;
  if (expectsContinue) void clock.sleep(CONTINUE_MS).then(() => state.isOver || state.body.send());
  else state.body.send();
}

/** RFC 9110, 15.2. */
function carryInterim({ expectsContinue, response }: Exchange, outgoing: ClientRequest, { body }: TryState): void {
  if (expectsContinue) {
    outgoing.on("continue", () => {
      response.writeContinue();
      body.send();
    });
  }
  outgoing.on("information", ({ statusCode, headers }) => {
    if (statusCode === 103 && headers["link"] !== undefined) response.writeEarlyHints({ link: headers["link"] });
  });
}

interface BodySender {
  send(): void;
  isSent(): boolean;
}

const BODILESS: BodySender = { send: () => undefined, isSent: () => false };

/** At the client's pace and the upstream's: what one doesn't take isn't read from the other. */
function bodySender({ framing, request }: Exchange, outgoing: ClientRequest): BodySender {
  if (framing === "none") return BODILESS;
  let isSent = false;
  return {
    isSent: () => isSent,
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
