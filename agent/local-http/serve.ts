/** The agent's own HTTP, for this machine only: /healthz, /readyz, /metrics, /v1/state. Reads, never changes. */
import { type Server, type ServerResponse, createServer } from "node:http";
import { rename, rm, unlink } from "node:fs/promises";
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
  /** Undefined where a successor finds its place by path. */
  readonly inheritable: Server | undefined;
  /** Ends connections too. `handedOver`: a socket's path is another agent's by now, and stays. */
  close(handedOver?: boolean): Promise<void>;
}

const LIMITS = { headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 8 * 1024 };
const MOST_CONNECTIONS = 64;

/** How it comes to its place. */
export interface Takeover {
  /** A listening socket that was handed over. */
  readonly inherited: number | undefined;
  /** A socket at this path is another agent's, which makes way. */
  readonly replaces: boolean;
}

const ANEW: Takeover = { inherited: undefined, replaces: false };

/** `listen` as the agent's file has it. The fault is a sentence: in use, not allowed, not local. */
export async function serveLocalHttp(listen: string, dependencies: MetricsDependencies, { inherited, replaces }: Takeover = ANEW): Promise<Result<LocalHttp, string>> {
  const address = parseListen(listen);
  if (!address.ok) return address;
  if (address.value.kind === "unix" && !replaces) {
    const cleared = await clearSocketPath(address.value.path);
    if (!cleared.ok) return cleared;
  }
  if (address.value.kind === "unix") await rm(besides(address.value.path), { force: true }).catch(() => undefined);
  const server = createAgentServer(address.value.kind, dependencies);
  const started = await start(server, address.value, inherited);
  if (!started.ok) return err(`${listen} can't be listened on: ${started.fault}`);
  return ok({ address: address.value.kind === "unix" ? listen : addressOf(server), inheritable: address.value.kind === "tcp" ? server : undefined, close: (handedOver) => close(server, address.value.kind === "unix" && handedOver !== true ? address.value.path : undefined) });
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

async function start(server: Server, address: ListenAddress, inherited: number | undefined): Promise<Result<void, string>> {
  return await new Promise((answer) => {
    server.once("error", (error) => answer(err(error.message)));
    server.once("listening", () => answer(address.kind === "unix" ? putInPlace(address.path) : ok(undefined)));
    if (address.kind === "unix") listenPrivately(server, address.path);
    else if (inherited !== undefined) server.listen({ fd: inherited });
    else server.listen({ host: address.host, port: address.port });
  });
}

/**
 * Made beside its path and renamed: so it takes another agent's place without a gap, and that one, which removes on closing
 * what it has made, removes nothing. A socket is made for its owner alone: the mask is in force while it comes to be, which happens inside `listen`. */
function listenPrivately(server: Server, path: string): void {
  const mask = process.umask(0o177);
  try {
    server.listen(besides(path));
  } finally {
    process.umask(mask);
  }
}

const besides = (path: string): string => `${path}.new`;

async function putInPlace(path: string): Promise<Result<void, string>> {
  try {
    await rename(besides(path), path);
    return ok(undefined);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function addressOf(server: Server): string {
  const address = server.address() as AddressInfo;
  return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

async function close(server: Server, path: string | undefined): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
  if (path !== undefined) await unlink(path).catch(() => undefined);
}
