/** A built-in router over services of this process: what it goes by is handed to it, no Consul is asked. */
import { Agent, type IncomingHttpHeaders, type RequestListener, createServer, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { KeepsCalls } from "../../../agent/proxy/ended-call.ts";
import { determineView } from "../../../agent/routers/determine-view.ts";
import { type ProxyRouter, openProxyRouter } from "../../../agent/routers/proxy-router.ts";
import type { Router } from "../../../agent/routers/router.ts";
import { systemClock } from "../../../core/clock.ts";
import { parseRoutes } from "../../../core/config/parse-routes.ts";
import { proxySchema } from "../../../core/config/router-settings.ts";
import { NO_ROUTES, type Routes } from "../../../core/model/routes.ts";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import { seededRandom } from "../../support/random.ts";

const closing: (() => void)[] = [];

/** What `closeAll` is to close too. */
export function whenClosed(close: () => void): void {
  closing.push(close);
}

/** What these tests opened goes. */
export function closeAll(): void {
  for (const close of closing.splice(0)) close();
}

export async function openTestRouter(settings: Readonly<Record<string, unknown>> = {}, caller = "shop", calls?: KeepsCalls): Promise<ProxyRouter> {
  const parsed = proxySchema.parse({ kind: "proxy", upstream: "checkout", listen: "127.0.0.1:0", ...settings });
  const opened = await openProxyRouter(parsed, { clock: systemClock, random: seededRandom(7), inherited: undefined, caller, calls });
  if (!opened.ok) throw new Error(opened.fault);
  closing.push(() => void opened.value.leave({ silenceMs: 0, limitMs: 0 }));
  return opened.value;
}

/** A service of this process on a free port. */
export async function listening(serve: RequestListener): Promise<number> {
  const server = createServer(serve);
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => void open.add(socket.once("close", () => open.delete(socket))));
  server.on("upgrade", (_, socket: Socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
    socket.pipe(socket);
  });
  closing.push(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** tcpmux (RFC 1078): nobody listens there any more. */
export const NOBODY = 1;

/** Accepts, reads, and never answers until it is told to. */
export async function dumb(name: string): Promise<{ readonly port: number; heal(): void; readonly asked: () => number }> {
  let isWell = false;
  let asked = 0;
  const port = await listening((_, response) => {
    asked += 1;
    if (isWell) response.end(name);
  });
  return { port, heal: () => (isWell = true), asked: () => asked };
}

/** As the catalog shows it: `1.4.2` or `1.4.2@green`. */
export function endpoint(name: string, port: number, passing = true): CheckedEndpoint {
  const [version = "", track = "stable"] = name.split("@");
  return { id: `${name}-${port}`, node: "host-1", address: "127.0.0.1", port, tags: [], meta: { version, track }, passing };
}

export interface Situation {
  readonly routes?: string | undefined;
  readonly pins?: Readonly<Record<string, string>> | undefined;
  readonly left?: readonly string[] | undefined;
  readonly instances: readonly CheckedEndpoint[];
  readonly failover?: readonly CheckedEndpoint[] | undefined;
  readonly revision?: number;
}

export function follow(router: Router, { failover, instances, left = [], pins = { stable: "1.0.0" }, revision = 1, routes }: Situation): void {
  router.follow(determineView({ service: "checkout", revision, state: { pins, routes }, routes: parsed(routes), left, instances, failover: failover && { service: "checkout-backup", endpoints: failover }, hold: undefined }));
}

function parsed(text: string | undefined): Routes {
  if (text === undefined) return NO_ROUTES;
  const routes = parseRoutes(text, "routes");
  if (!routes.ok) throw new Error(JSON.stringify(routes.fault));
  return routes.value;
}

export interface Asked {
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

const keepAlive = new Agent({ keepAlive: true, maxSockets: 8 });

export function ask(port: number, { body, headers, method, path = "/" }: Asked = {}, agent = keepAlive): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: "127.0.0.1", agent, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers })).once("error", reject);
    });
    asked.once("error", reject);
    asked.end(body);
  });
}
