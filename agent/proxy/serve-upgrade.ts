import { type IncomingMessage, STATUS_CODES, request as send } from "node:http";
import type { Duplex } from "node:stream";
import { breakOff } from "./break-off.ts";
import { endToEnd, pairs, requestHeaders } from "./headers.ts";
import { joinStreams } from "./join-streams.ts";
import { type HttpProxyDeps, awaitUpstream } from "./proxy.ts";
import type { Upstream } from "./upstream.ts";

/** WebSocket and its kind: after the two heads the connection belongs to both ends, until one of them ends it. */
export async function serveUpgrade(request: IncomingMessage, client: Duplex, head: Buffer, deps: HttpProxyDeps): Promise<void> {
  const gone = new AbortController();
  client.on("error", () => gone.abort()).once("close", () => gone.abort());
  const begun = deps.clock.monotonic();
  const upstream = await awaitUpstream(deps, request, begun + deps.holdMs(), gone.signal);
  if (gone.signal.aborted) return;
  const told = teller(request, begun, deps);
  if (typeof upstream === "string") return refuse(client, 503, told);
  carryUpgrade(request, client, head, upstream, told, deps);
}

type Told = (upstream: Upstream | undefined, status: number, isOwn?: boolean) => void;

function teller(request: IncomingMessage, begun: number, { calls, clock, onAnswered }: HttpProxyDeps): Told {
  return (upstream, status, isOwn = false) => {
    onAnswered(isOwn ? undefined : upstream, status);
    calls()?.({ request, upstream, status, error: isOwn ? "the connection could not be upgraded" : undefined, begun, ended: clock.monotonic() });
  };
}

function carryUpgrade(request: IncomingMessage, client: Duplex, head: Buffer, upstream: Upstream, told: Told, deps: HttpProxyDeps): void {
  const { method = "GET", rawHeaders, socket, url } = request;
  const headers = [...requestHeaders({ raw: rawHeaders, method, framing: "none", hasTrailers: false, client: socket.remoteAddress }), "Connection", "Upgrade", "Upgrade", request.headers.upgrade ?? ""];
  const outgoing = send({ host: upstream.host, port: upstream.port, agent: false, method, path: url, headers });
  let hasAnswered = false;
  const leave = deps.upgraded.enter(upstream, {
    cut: () => {
      outgoing.destroy();
      breakOff(client);
    },
  });
  client.once("close", () => {
    leave();
    outgoing.destroy();
  });
  outgoing.setTimeout(deps.limits().wholeMs, () => void (hasAnswered || outgoing.destroy(new Error("no answer"))));
  outgoing.once("upgrade", (incoming, server, first) => {
    hasAnswered = true;
    server.setTimeout(0);
    told(upstream, incoming.statusCode ?? 101);
    client.write(headOf(incoming, ["Connection", "Upgrade", "Upgrade", incoming.headers.upgrade ?? ""]));
    if (first.length > 0) client.write(first);
    if (head.length > 0) server.write(head);
    void joinStreams(client, server);
  });
  // The upstream goes on in HTTP: its answer is carried, and ends the connection, which has left Node's HTTP for good.
  outgoing.once("response", (incoming) => {
    hasAnswered = true;
    outgoing.setTimeout(0);
    told(upstream, incoming.statusCode ?? 502);
    client.write(headOf(incoming, ["Connection", "close"]));
    incoming.pipe(client);
    incoming.once("error", () => client.destroy());
  });
  outgoing.on("error", () => (hasAnswered ? client.destroy() : refuse(client, 502, told, upstream)));
  outgoing.end();
}

function headOf({ rawHeaders, statusCode = 502, statusMessage = "" }: IncomingMessage, more: readonly string[]): string {
  const lines = pairs([...endToEnd(rawHeaders), ...more]).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join("")}\r\n`;
}

function refuse(client: Duplex, status: 502 | 503, told: Told, upstream?: Upstream): void {
  if (!client.writable) return void client.destroy();
  told(upstream, status, true);
  client.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
