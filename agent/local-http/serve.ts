/** The agent's own HTTP, for this machine only: /healthz, /readyz, /metrics, /v1/state. Reads, never changes. */
import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ListenAddress, parseListen } from "../../core/config/values.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { refusalOf } from "./guard-request.ts";
import { type Exposition, type MetricsDependencies, createExposition } from "./metrics.ts";
import { unreadyReason } from "./state.ts";
import { clearSocketPath } from "./unix-socket.ts";

export interface LocalHttp {
  /** `127.0.0.1:8421` with the port that was really taken, or `unix:/path`. */
  readonly address: string;
  /** Ends connections too. */
  close(): Promise<void>;
}

const LIMITS = { headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 8 * 1024 };
const MOST_CONNECTIONS = 64;

/** `listen` as the agent's file has it. The fault is a sentence: in use, not allowed, not local. */
export async function serveLocalHttp(listen: string, dependencies: MetricsDependencies): Promise<Result<LocalHttp, string>> {
  const address = parseListen(listen);
  if (!address.ok) return address;
  if (address.value.kind === "unix") {
    const cleared = await clearSocketPath(address.value.path);
    if (!cleared.ok) return cleared;
  }
  const server = createAgentServer(address.value.kind, dependencies);
  const started = await start(server, address.value);
  if (!started.ok) return err(`${listen} can't be listened on: ${started.fault}`);
  return ok({ address: addressOf(server), close: () => close(server) });
}

type Answer = { readonly status: number; readonly contentType: string; readonly body: string };
type Route = () => Answer | Promise<Answer>;

function createAgentServer(kind: "tcp" | "unix", dependencies: MetricsDependencies): Server {
  const routes = routesFor(dependencies);
  const server = createServer(LIMITS, (request, response) => {
    const refusal = refusalOf(request, kind);
    if (refusal !== undefined) {
      // What is left of the request is not read.
      response.setHeader("Connection", "close");
      if (refusal.status === 405) response.setHeader("Allow", "GET, HEAD");
      return send(response, plain(refusal.status, refusal.message));
    }
    const [path = ""] = (request.url ?? "").split("?");
    const route = routes.get(path);
    if (route === undefined) return send(response, plain(404, `there is ${[...routes.keys()].join(", ")}`));
    Promise.resolve(route()).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, plain(500, error instanceof Error ? error.message : String(error))),
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

function routesFor(dependencies: MetricsDependencies): ReadonlyMap<string, Route> {
  const expose = createExposition(dependencies);
  return new Map<string, Route>([
    ["/healthz", () => plain(200, "ok")],
    ["/readyz", () => readiness(dependencies)],
    ["/metrics", async () => exposed(await expose())],
    ["/v1/state", () => ({ status: 200, contentType: "application/json; charset=utf-8", body: `${JSON.stringify({ kind: "AgentState", apiVersion: "rollpin/v1", ...dependencies.state() })}\n` })],
  ]);
}

function readiness({ state }: MetricsDependencies): Answer {
  const reason = unreadyReason(state());
  return reason === undefined ? plain(200, "ready") : plain(503, reason);
}

function exposed({ contentType, text }: Exposition): Answer {
  return { status: 200, contentType, body: text };
}

function plain(status: number, text: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${text}\n` };
}

function send(response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, { "Content-Type": contentType, "Content-Length": Buffer.byteLength(body), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
  // Node leaves the body out where the request was HEAD.
  response.end(body);
}

async function start(server: Server, address: ListenAddress): Promise<Result<void, string>> {
  return await new Promise((answer) => {
    server.once("error", (error) => answer(err(error.message)));
    server.once("listening", () => answer(ok(undefined)));
    if (address.kind === "tcp") server.listen({ host: address.host, port: address.port });
    else listenPrivately(server, address.path);
  });
}

/** A socket is made for its owner alone: the mask is in force while it comes to be, which happens inside `listen`. */
function listenPrivately(server: Server, path: string): void {
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
}

function addressOf(server: Server): string {
  const address = server.address() as AddressInfo | string;
  if (typeof address === "string") return `unix:${address}`;
  return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
