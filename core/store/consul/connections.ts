/** The connections that one store may hold: Consul closes a host's 201st without a word, so they are few and counted. */
import http from "node:http";
import https from "node:https";
import { authorityOf } from "../../model/authority.ts";
import type { LoadedSettings } from "./load-settings.ts";

export interface Connections {
  /** For blocking queries, each of which keeps one to itself for as long as it is parked. */
  readonly watching: http.Agent;
  /** One, for everything else. */
  readonly calling: http.Agent;
  close(): void;
}

export function openConnections(loaded: LoadedSettings, watchConnections: number): Connections {
  const watching = createAgent(loaded, watchConnections);
  const calling = createAgent(loaded, 1);
  return {
    watching,
    calling,
    close: () => {
      watching.destroy();
      calling.destroy();
    },
  };
}

function createAgent({ address, tls }: LoadedSettings, maxSockets: number): http.Agent {
  // An agent's options go over those of its requests: the address stands here once, IPv6 and unix sockets too.
  const where = address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
  const options = { ...where, keepAlive: true, noDelay: true, maxSockets, maxFreeSockets: maxSockets };
  if (!address.tls) return new http.Agent(options);
  return new https.Agent({
    ...options,
    rejectUnauthorized: tls.verify,
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.ca === undefined ? {} : { ca: [...tls.ca] }),
    ...(tls.cert === undefined || tls.key === undefined ? {} : { cert: tls.cert, key: tls.key }),
  });
}

/** On every request. */
export function commonHeaders({ token, basicAuth }: LoadedSettings): Record<string, string> {
  return {
    // To whatever stands between; Consul itself knows other words only.
    "cache-control": "no-cache",
    ...(token === undefined ? {} : { "x-consul-token": token }),
    ...(basicAuth === undefined ? {} : { authorization: `Basic ${Buffer.from(basicAuth).toString("base64")}` }),
  };
}

/** In every query, as the Go client does. */
export function commonQuery({ datacenter, namespace, partition }: LoadedSettings): Record<string, string> {
  return {
    ...(datacenter === undefined ? {} : { dc: datacenter }),
    ...(namespace === undefined ? {} : { ns: namespace }),
    ...(partition === undefined ? {} : { partition }),
  };
}

/** Scheme, host and path prefix, for requests; where the connection goes is the agent's business. */
export function baseUrl({ address }: LoadedSettings): URL {
  const scheme = address.tls ? "https" : "http";
  if (address.kind === "unix") return new URL(`${scheme}://localhost`);
  return new URL(`${scheme}://${authorityOf(address.host, address.port)}${address.pathPrefix}`);
}
