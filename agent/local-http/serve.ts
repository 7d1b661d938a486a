/** The agent's own HTTP: /healthz, /readyz, /metrics, /v1/state. Reads, never changes; for this machine only, unless there is a token. */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { rename, rm, unlink } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { type ListenAddress, isLoopback, isWithinHost, parseListen } from "../../core/config/values.ts";
import { messageOf } from "../../core/model/message-of.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { redactText } from "../redact.ts";
import type { Gate } from "./gate.ts";
import { type Reach, type Refusal, refusalOf } from "./guard-request.ts";
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

interface Doors {
  /** Absent: whoever gets there may read everything. */
  readonly gate?: Gate | undefined;
  /** In how many milliseconds a request must have come, and an answer must be taken; 5,000 unless given. */
  readonly patienceMs?: number | undefined;
}

export type LocalHttpDependencies = Doors & MetricsDependencies;

export interface Served extends Doors {
  readonly routes: Routes;
}

const PATIENCE_MS = 5_000;
const MOST_HEADER_BYTES = 8 * 1024;
const MOST_CONNECTIONS = 64;

/** How it comes to its place. */
export interface Takeover {
  /** A listening socket that was handed over. */
  readonly inherited: number | undefined;
  /** A socket at this path is another agent's, which makes way. */
  readonly replaces: boolean;
}

const ANEW: Takeover = { inherited: undefined, replaces: false };

export function serveLocalHttp(listen: string, dependencies: LocalHttpDependencies, takeover: Takeover = ANEW): Promise<Result<LocalHttp, string>> {
  return serveRoutes(listen, { ...dependencies, routes: routesFor(dependencies) }, takeover);
}

/** `listen` as the agent's file has it. The fault is a sentence: in use, not allowed, not local. */
export async function serveRoutes(listen: string, served: Served, { inherited, replaces }: Takeover = ANEW): Promise<Result<LocalHttp, string>> {
  const address = parseListen(listen);
  if (!address.ok) return address;
  if (address.value.kind === "unix" && !replaces) {
    const cleared = await clearSocketPath(address.value.path);
    if (!cleared.ok) return cleared;
  }
  if (address.value.kind === "unix") await rm(besides(address.value.path), { force: true }).catch(() => undefined);
  const server = createAgentServer(reachOf(address.value), served);
  const started = await start(server, address.value, inherited);
  if (!started.ok) return err(`${listen} can't be listened on: ${started.fault}`);
  if (served.gate === undefined && !isWithin(server)) {
    const reached = addressOf(server);
    await close(server, undefined);
    return err(`the socket that was handed over listens on ${reached}, which other machines reach: give "listen" a "tokenFile", or hand over one of 127.0.0.1`);
  }
  return ok({ address: address.value.kind === "unix" ? listen : addressOf(server), inheritable: address.value.kind === "tcp" ? server : undefined, close: (handedOver) => close(server, address.value.kind === "unix" && handedOver !== true ? address.value.path : undefined) });
}

type Answer = { readonly status: number; readonly contentType: string; readonly body: string; readonly headers?: Readonly<Record<string, string>> };
/** `isKnown`: whoever asks may read everything. */
type Route = (isKnown: boolean) => Answer | Promise<Answer>;
type Routes = ReadonlyMap<string, Route>;

function reachOf(address: ListenAddress): Reach {
  if (address.kind === "unix") return "unix";
  return isWithinHost(address) ? "loopback" : "beyond";
}

/** Whoever opened a socket and handed it over may have meant another address than the file says. */
function isWithin(server: Server): boolean {
  const address = server.address();
  return typeof address === "string" || address === null || isLoopback(address.address);
}

function createAgentServer(reach: Reach, { gate, patienceMs = PATIENCE_MS, routes }: Served): Server {
  const limits = { headersTimeout: patienceMs, requestTimeout: patienceMs, keepAliveTimeout: patienceMs, connectionsCheckingInterval: patienceMs / 5, maxHeaderSize: MOST_HEADER_BYTES };
  const server = createServer(limits, (request, response) => {
    answerTo(request, { routes, reach, gate }).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, plain(500, redactText(messageOf(error)))),
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  // Whoever doesn't take an answer holds a connection no longer than whoever doesn't ask.
  server.setTimeout(2 * patienceMs);
  return server;
}

interface Serving {
  readonly routes: Routes;
  readonly reach: Reach;
  readonly gate: Gate | undefined;
}

/** Open to everyone who gets there, for those who look whether a machine is well have no token. */
const OPEN: readonly string[] = ["/healthz", "/readyz"];

async function answerTo(request: IncomingMessage, { gate, reach, routes }: Serving): Promise<Answer> {
  const refused = refusalOf(request, reach);
  if (refused !== undefined) return refusal(refused);
  const [path = ""] = (request.url ?? "").split("?");
  const shut = await gate?.refusalOf(request.headers.authorization);
  if (shut !== undefined && !OPEN.includes(path)) return refusal(shut);
  const route = routes.get(path);
  return route === undefined ? plain(404, `there is ${[...routes.keys()].join(", ")}`) : route(shut === undefined);
}

function routesFor(dependencies: MetricsDependencies): Routes {
  const { state } = dependencies;
  return new Map([
    ...exposureRoutes({ unready: () => unreadyReason(state()), expose: createExposition(dependencies) }),
    ["/v1/state", () => ({ status: 200, contentType: "application/json; charset=utf-8", body: `${JSON.stringify({ kind: "AgentState", apiVersion: "rollpin/v1", ...state() })}\n` })],
  ]);
}

interface Exposed {
  /** A sentence where it isn't ready. */
  readonly unready: () => string | undefined;
  readonly expose: () => Promise<Exposition>;
}

/** What watchers of any kind of agent ask for. */
export function exposureRoutes({ expose, unready }: Exposed): Routes {
  return new Map<string, Route>([
    ["/healthz", () => plain(200, "ok")],
    ["/readyz", (isKnown) => readiness(unready(), isKnown)],
    ["/metrics", async () => exposed(await expose())],
  ]);
}

function readiness(reason: string | undefined, isKnown: boolean): Answer {
  return reason === undefined ? plain(200, "ready") : plain(503, isKnown ? reason : "not ready");
}

function exposed({ contentType, text }: Exposition): Answer {
  return { status: 200, contentType, body: text };
}

function plain(status: number, text: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${text}\n` };
}

const REFUSAL_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = { 401: { "WWW-Authenticate": "Bearer" }, 405: { Allow: "GET, HEAD" } };

/** What is left of the request is not read. */
function refusal({ status, message }: Refusal): Answer {
  return { ...plain(status, message), headers: { Connection: "close", ...REFUSAL_HEADERS[status] } };
}

function send(response: ServerResponse, { status, contentType, body, headers }: Answer): void {
  response.writeHead(status, { "Content-Type": contentType, "Content-Length": Buffer.byteLength(body), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...headers });
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
    return err(messageOf(error));
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
