import { authorityOf } from "../../model/authority.ts";
import { type Result, err, ok } from "../../model/result.ts";

/** `pathPrefix` is what a reverse proxy stands under: empty, or with a slash in front and none at its end. */
export type ConsulAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: boolean; readonly pathPrefix: string }
  | { readonly kind: "unix"; readonly path: string; readonly tls: boolean };

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/**
 * `host:port`, `http(s)://host[:port][/prefix]` or `unix://path`. As in the Go client, a missing port is 80 or 443, not
 * 8500, and `http://` doesn't take back a TLS that was asked for by `ssl`.
 */
export function parseConsulAddress(text: string, source: string, ssl: boolean): Result<ConsulAddress, string> {
  const at = text.lastIndexOf("@");
  // A password in it is not shown back: it would stand in logs from then on.
  if (at >= 0 && !text.startsWith("unix:")) return err(`${source} has a user or a password in it (before ${JSON.stringify(text.slice(at))}): give those as user:password in CONSUL_HTTP_AUTH, a token in CONSUL_HTTP_TOKEN`);
  const [, scheme = "", rest = ""] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(.*)$/s.exec(text) ?? [];
  if (scheme === "unix") return rest === "" ? err(refusal(text, source)) : ok({ kind: "unix", path: rest, tls: ssl });
  if (scheme !== "" && scheme !== "http" && scheme !== "https") {
    return err(`${source} ${JSON.stringify(text)} has the scheme ${JSON.stringify(scheme)}: use http, https or unix`);
  }
  const tls = ssl || scheme === "https";
  const url = parseUrl(tls ? "https" : "http", rest);
  if (url === undefined) return err(refusal(text, source));
  const port = url.port === "" ? DEFAULT_PORTS[tls ? "https" : "http"] : Number(url.port);
  return ok({ kind: "tcp", host: url.hostname.replace(/^\[|\]$/g, ""), port, tls, pathPrefix: url.pathname.replace(/\/+$/, "") });
}

/** How a person would write it. */
export function describeAddress(address: ConsulAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  return `${address.tls ? "https" : "http"}://${authorityOf(address.host, address.port)}${address.pathPrefix}`;
}

function parseUrl(scheme: string, rest: string): URL | undefined {
  if (rest === "" || /[\s?#@\\]/.test(rest) || !URL.canParse(`${scheme}://${rest}`)) return undefined;
  const url = new URL(`${scheme}://${rest}`);
  return url.port === "0" ? undefined : url;
}

function refusal(text: string, source: string): string {
  return `${source} ${JSON.stringify(text)} is not an address: write host:port, http(s)://host:port or unix:///path`;
}
