import type { IncomingMessage, ServerResponse } from "node:http";
import { determineRetry } from "./determine-retry.ts";
import { framingOf } from "./headers.ts";
import { type HttpProxyDeps, awaitUpstream } from "./proxy.ts";
import { type Exchange, sendRequest } from "./send-request.ts";

/** Between two looks at an upstream that takes no connection: a process that is being started again listens any moment. */
const LOOK_EVERY_MS = 25;

/** One request, from its head to the end of its answer. Never rejects. */
export async function serveRequest(request: IncomingMessage, response: ServerResponse, deps: HttpProxyDeps, expectsContinue = false): Promise<void> {
  const { clock, onAnswered } = deps;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const exchange: Exchange = { request, response, framing: framingOf(request.headers), expectsContinue };
  const deadline = clock.monotonic() + deps.holdMs();
  for (let retried = 0; ; ) {
    const upstream = deps.choose() ?? (await awaitUpstream(deps, deadline, gone.signal));
    if (gone.signal.aborted) return;
    if (upstream === undefined) return refuse(exchange, 503, deps);
    const sent = await sendRequest(exchange, upstream, deps);
    if (sent.kind === "client-gone") return;
    if (sent.kind === "answered") return onAnswered(upstream.version, response.statusCode);
    const next = determineRetry(sent, { method: request.method ?? "GET", bodySent: sent.bodySent, retried, timeLeft: clock.monotonic() < deadline });
    if (next.kind === "answer") return refuse(exchange, next.status, deps);
    if (next.after === "a-moment") await clock.sleep(LOOK_EVERY_MS, gone.signal);
    else retried += 1;
  }
}

const SENTENCES: Readonly<Record<502 | 503 | 504, string>> = {
  502: "the service's process ended the connection before it had answered",
  503: "no process of the service takes connections now; try again",
  504: "the service's process did not begin its answer in time",
};

function refuse({ framing, request, response }: Exchange, status: 502 | 503 | 504, deps: HttpProxyDeps): void {
  deps.onAnswered(undefined, status);
  if (response.headersSent || response.destroyed) return void response.destroy();
  const body = `rollpin: ${SENTENCES[status]}\n`;
  // Where a body is still to come the connection is of no more use: what was read of it can't be told.
  const close = deps.isLeaving() || framing !== "none" ? { Connection: "close" } : {};
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(body), ...(status === 503 ? { "Retry-After": "1" } : {}), ...close });
  response.end(request.method === "HEAD" ? undefined : body);
}
