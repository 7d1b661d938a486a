import { type Server as HttpServer, createServer as createHttpServer } from "node:http";
import { type AddressInfo, Server, type Socket, createServer } from "node:net";
import type { Clock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import type { HttpProxyDeps, ProxyDeps } from "./proxy.ts";
import { serveConnection } from "./serve-connection.ts";
import { serveRequest } from "./serve-request.ts";
import { serveUpgrade } from "./serve-upgrade.ts";
import { UNREAD_SOCKET } from "./unread-socket.ts";

/** Where it listens, and for whom. */
export interface DoorSettings {
  /** An IP address of this host. */
  readonly address: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** How long a client's connection may rest between requests, milliseconds. */
  readonly idleTimeout: number;
  readonly maxConnections: number;
}

/** The listening side. */
export interface Door {
  readonly port: number;
  readonly listener: Server;
  connections(): number;
  adjust(settings: DoorSettings): void;
  /** Whoever else has the socket goes on taking connections from it. Resolves when the last connection has ended. */
  stopAccepting(): Promise<void>;
  /** Connections between two requests. */
  closeSilent(): void;
  closeAll(): void;
}

const HEADERS_MS = 30_000;

/** The fault is Node's own sentence. */
export async function openHttpDoor(settings: DoorSettings, inherited: number | undefined, deps: HttpProxyDeps): Promise<Result<Door, string>> {
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

export async function openTcpDoor(settings: DoorSettings, inherited: number | undefined, deps: ProxyDeps): Promise<Result<Door, string>> {
  const server = createServer({ ...UNREAD_SOCKET, pauseOnConnect: true }, (client) => void serveConnection(client, deps).catch(() => client.destroy()));
  return openDoor(server, settings, inherited, { adjust: () => undefined, closeSilent: () => undefined });
}

async function openDoor(server: Server | HttpServer, settings: DoorSettings, inherited: number | undefined, own: Pick<Door, "adjust" | "closeSilent">): Promise<Result<Door, string>> {
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

function listen(server: Server, { address, port }: DoorSettings, inherited: number | undefined): Promise<Result<void, string>> {
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

export interface Leaving {
  /** A kept connection of a client that was silent for so long by then is closed. */
  readonly silenceMs: number;
  readonly limitMs: number;
}

/** Takes nothing new, and lets what is in flight end until the limit. */
export async function leaveDoor(door: Door, { limitMs, silenceMs }: Leaving, clock: Clock): Promise<void> {
  const over = new AbortController();
  const limit = async (): Promise<void> => {
    await clock.sleep(Math.min(silenceMs, limitMs), over.signal);
    door.closeSilent();
    await clock.sleep(Math.max(0, limitMs - silenceMs), over.signal);
    door.closeAll();
  };
  await Promise.race([door.stopAccepting(), limit()]);
  over.abort();
}
