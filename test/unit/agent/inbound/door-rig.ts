import { type RequestListener, type Server as HttpServer, createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { systemClock } from "../../../../core/clock.ts";
import { inboundSchema, inboundSettings } from "../../../../core/config/inbound-settings.ts";
import { type Inbound, openInbound } from "../../../../agent/inbound/inbound.ts";

const closing: (() => void)[] = [];

/** What these tests opened goes. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0)) close();
}

export async function open(settings: Readonly<Record<string, unknown>> = {}, predecessorGone = Promise.resolve()): Promise<Inbound> {
  const parsed = inboundSettings(inboundSchema.parse({ port: 0, address: "127.0.0.1", hold: "2s", drainLimit: "2s", ...settings }));
  if (parsed === undefined) throw new Error("no settings");
  const opened = await openInbound(parsed, { clock: systemClock, inherited: undefined, predecessorGone });
  if (!opened.ok) throw new Error(opened.fault);
  closing.push(() => opened.value.adjust({ ...parsed, drainLimit: 0 }), () => void opened.value.leave(0));
  return opened.value;
}

async function listening(server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => void open.add(socket.once("close", () => open.delete(socket))));
  closing.push(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export async function httpService(serve: RequestListener, adorn: (server: HttpServer) => void = () => undefined): Promise<number> {
  const server = createHttpServer(serve);
  adorn(server);
  return listening(server);
}

export async function tcpService(serve: (socket: Socket) => void): Promise<number> {
  return listening(createServer({ allowHalfOpen: true }, (socket) => serve(socket.on("error", () => undefined))));
}

/** A port of this host on which nobody listens: it was one's own a moment ago. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
