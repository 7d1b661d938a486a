import type { IncomingMessage, ServerResponse } from "node:http";
import { type NextTry, type Unanswered, determineRetry, isRepeatable } from "../../core/decide/routing/determine-retry.ts";
import { type Exchange, beginExchange, signalOf } from "./exchange.ts";
import { hasOneHostAtMost } from "./headers.ts";
import { type HttpProxyDeps, awaitUpstream } from "./proxy.ts";
import { type Sent, sendRequest } from "./send-request.ts";
import { NONE_TRIED, type Upstream, withTried } from "./upstream.ts";

/** Between two looks at an upstream that takes no connection: a process that is being started again listens any moment. */
const LOOK_EVERY_MS = 25;

/** One request, from its head to the end of its answer. Never rejects. */
export async function serveRequest(request: IncomingMessage, response: ServerResponse, deps: HttpProxyDeps, expectsContinue = false): Promise<void> {
  const exchange = beginExchange(request, response, expectsContinue);
  const { clock } = deps;
  const begun = clock.monotonic();
  if (!hasOneHostAtMost(request.rawHeaders)) return answerBy(exchange, { begun, tried: NONE_TRIED }, 400, deps);
  const { tryMs, wholeMs } = deps.limits();
  const attempts: Attempts = { begun, tried: NONE_TRIED, retried: 0, holdUntil: begun + deps.holdMs(), answerUntil: begun + wholeMs };
  for (;;) {
    const choice = deps.choose(request, attempts.tried);
    const upstream = choice === "nobody" ? await awaitUpstream(deps, request, attempts.holdUntil, signalOf(exchange), attempts.tried) : choice;
    if (exchange.isOver()) return tellGone(request, attempts, attempts.tried.at(-1), deps);
    if (typeof upstream === "string") return answerBy(exchange, attempts, 503, deps);
    const isLast = tryMs === undefined || !isRepeatable({ method: exchange.method, bodySent: false, retried: attempts.retried });
    const sent = await sendRequest(exchange, upstream, isLast ? attempts.answerUntil : Math.min(attempts.answerUntil, clock.monotonic() + tryMs), deps);
    if (sent.kind === "client-gone") return tellGone(request, attempts, upstream, deps);
    if (sent.kind === "answered") {
      deps.calls()?.({ request, upstream, status: response.statusCode, begun, ended: sent.at });
      return deps.onAnswered(upstream, response.statusCode, sent.at - begun);
    }
    const next = takeStock(exchange, upstream, sent, attempts, deps);
    if (next.kind === "answer") return answerBy(exchange, attempts, next.status, deps);
    if (next.after === "a-moment") await clock.sleep(LOOK_EVERY_MS, signalOf(exchange));
  }
}

/** What became of one request so far. */
interface Attempts {
  /** Monotonic milliseconds. */
  readonly begun: number;
  tried: readonly Upstream[];
  /** Sent again though something of it may have been sent. */
  retried: number;
  /** Until then it waits for an upstream that takes connections. */
  readonly holdUntil: number;
  readonly answerUntil: number;
}

function takeStock(exchange: Exchange, upstream: Upstream, sent: Sent & Unanswered, attempts: Attempts, deps: HttpProxyDeps): NextTry {
  deps.onUnanswered(upstream, sent.kind);
  attempts.tried = withTried(attempts.tried, upstream);
  const other = deps.choose(exchange.request, attempts.tried);
  const now = deps.clock.monotonic();
  const facts = {
    method: exchange.method,
    bodySent: sent.bodySent,
    retried: attempts.retried,
    timeLeft: now < (sent.kind === "refused" ? attempts.holdUntil : attempts.answerUntil),
    hasOthers: typeof other !== "string" && !attempts.tried.includes(other),
  };
  if (sent.kind !== "refused") attempts.retried += 1;
  return determineRetry(sent, facts);
}

type OwnStatus = 400 | 502 | 503 | 504;

const SENTENCES: Readonly<Record<OwnStatus, string>> = {
  400: "the request names more than one host",
  502: "the service's process ended the connection before it had answered",
  503: "no process of the service takes connections now; try again",
  504: "the service's process did not begin its answer in time",
};

function tellGone(request: IncomingMessage, { begun }: Attempts, upstream: Upstream | undefined, { calls, clock }: HttpProxyDeps): void {
  calls()?.({ request, upstream, status: undefined, begun, ended: clock.monotonic() });
}

function answerBy({ framing, method, request, response }: Exchange, { begun, tried }: Pick<Attempts, "begun" | "tried">, status: OwnStatus, deps: HttpProxyDeps): void {
  deps.calls()?.({ request, upstream: tried.at(-1), status, error: SENTENCES[status], begun, ended: deps.clock.monotonic() });
  deps.onAnswered(undefined, status);
  if (response.headersSent || response.destroyed) return void response.destroy();
  const body = `rollpin: ${SENTENCES[status]}\n`;
  // Where a body is still to come the connection is of no more use: what was read of it can't be told.
  const close = deps.isLeaving() || framing !== "none" || status === 400 ? { Connection: "close" } : {};
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(body), ...(status === 503 ? { "Retry-After": "1" } : {}), ...close });
  response.end(method === "HEAD" ? undefined : body);
}
