import { type Server as HttpServer, createServer as createHttpServer } from "node:http";
import { type AddressInfo, Server, type Socket, createServer } from "node:net";
import type { InboundSettings } from "../../core/config/inbound-settings.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { HttpProxyDeps, ProxyDeps } from "../proxy/proxy.ts";
import { serveConnection } from "../proxy/serve-connection.ts";
import { serveRequest } from "../proxy/serve-request.ts";
import { serveUpgrade } from "../proxy/serve-upgrade.ts";

/** The listening side. */
export interface Door {
  readonly port: number;
  readonly listener: Server;
  connections(): number;
  adjust(settings: InboundSettings): void;
  /** Whoever else has the socket goes on taking connections from it. Resolves when the last connection has ended. */
  stopAccepting(): Promise<void>;
  /** Connections between two requests. */
  closeSilent(): void;
  closeAll(): void;
}

const HEADERS_MS = 30_000;

/** The fault is Node's own sentence. */
export async function openHttpDoor(settings: InboundSettings, inherited: number | undefined, deps: HttpProxyDeps): Promise<Result<Door, string>> {
  // An upload may take as long as it likes; its head may not.
  const server = createHttpServer({ requestTimeout: 0, headersTimeout: HEADERS_MS, keepAliveTimeout: settings.idleTimeout });
  server.on("request", (request, response) => void serveRequest(request, response, deps).catch(() => response.destroy()));
  server.on("checkContinue", (request, response) => void serveRequest(request, response, deps, true).catch(() => response.destroy()));
  server.on("upgrade", (request, client, head) => void serveUpgrade(request, client, head, deps).catch(() => client.destroy()));
  return openDoor(server, settings, inherited, {
    adjust: ({ idleTimeout }) => void (server.keepAliveTimeout = idleTimeout),
    closeSilent: () => server.closeIdleConnections(),
  });
}

export async function openTcpDoor(settings: InboundSettings, inherited: number | undefined, deps: ProxyDeps): Promise<Result<Door, string>> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => void serveConnection(client, deps).catch(() => client.destroy()));
  return openDoor(server, settings, inherited, { adjust: () => undefined, closeSilent: () => undefined });
}

async function openDoor(server: Server | HttpServer, settings: InboundSettings, inherited: number | undefined, own: Pick<Door, "adjust" | "closeSilent">): Promise<Result<Door, string>> {
  const open = new Set<Socket>();
  server.maxConnections = settings.maxConnections;
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const listening = await listen(server, settings, inherited);
  if (!listening.ok) return listening;
  return ok({
    port: (server.address() as AddressInfo).port,
    listener: server,
    connections: () => open.size,
    adjust(next) {
      server.maxConnections = next.maxConnections;
      own.adjust(next);
    },
    // Node's http would close at once what rests between two requests, and so cut the request that is on its way there.
    stopAccepting: () => new Promise((resolve) => void Server.prototype.close.call(server, () => resolve())),
    closeSilent: own.closeSilent,
    closeAll: () => open.forEach((socket) => socket.destroy()),
  });
}

function listen(server: Server, { address, port }: InboundSettings, inherited: number | undefined): Promise<Result<void, string>> {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(err(error.message)));
    server.once("listening", () => {
      // What goes wrong later concerns one connection that could not be accepted, for want of descriptors.
      server.on("error", () => undefined);
      resolve(ok(undefined));
    });
    if (inherited === undefined) server.listen({ host: address, port, backlog: BACKLOG });
    else server.listen({ fd: inherited, backlog: BACKLOG });
  });
}

/** What waits while one agent goes and the next comes. */
const BACKLOG = 4096;
