/** Value grammars that the agent's file and the CLI's flags share. */
import { isIPv4, isIPv6 } from "node:net";
import * as z from "zod/mini";
import { type Result, err, ok } from "../model/result.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** `250ms`, `10s`, `1.5m`, `2h`, `1d`; milliseconds. A bare number is refused, since nobody knows its unit. */
export function parseDuration(text: string): Result<number, string> {
  const match = DURATION.exec(text);
  const [, amount, unit] = match ?? [];
  if (amount === undefined || unit === undefined) return err(`${JSON.stringify(text)} is not a duration: write a number and ms, s, m, h or d, such as "10s"`);
  return ok(Math.round(Number(amount) * (UNITS[unit] ?? 1)));
}

/** `30%`, `0.5%`; as a part of 1. */
export function parsePercentage(text: string): Result<number, string> {
  const amount = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text)?.[1];
  if (amount === undefined || Number(amount) > 100) return err(`${JSON.stringify(text)} is not a percentage: write a number from 0 to 100 and %, such as 30%`);
  return ok(Number(amount) / 100);
}

/** A schema from a parser whose fault is a sentence. `expected` is said where the value is no text at all. */
export function parsedBy<T>(parse: (text: string) => Result<T, string>, expected?: string) {
  return z.pipe(
    z.string(expected === undefined ? {} : { error: expected }),
    z.transform((text, context): T => {
      const parsed = parse(text);
      if (parsed.ok) return parsed.value;
      context.issues.push({ code: "custom", message: parsed.fault, input: text });
      return z.NEVER;
    }),
  );
}

/** A duration within limits, both in milliseconds and both allowed. */
export function durationWithin(least: number, most: number): (text: string) => Result<number, string> {
  return (text) => {
    const parsed = parseDuration(text);
    if (!parsed.ok || (parsed.value >= least && parsed.value <= most)) return parsed;
    return err(`${JSON.stringify(text)} is ${parsed.value < least ? `too short: at least ${least}` : `too long: at most ${most}`} ms`);
  };
}

/** Where the agent's local HTTP listens. */
export type ListenAddress = { readonly kind: "tcp"; readonly host: string; readonly port: number } | { readonly kind: "unix"; readonly path: string };

/** `127.0.0.1:<port>`, `localhost:<port>`, `[::1]:<port>`, another IP address with a port, or `unix:/path`; port 0 takes any free one. */
export function parseListen(text: string): Result<ListenAddress, string> {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    return path.startsWith("/") ? ok({ kind: "unix", path }) : err(`${JSON.stringify(text)} needs an absolute path: write "unix:/run/rollpin/agent.sock"`);
  }
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const bare = /^\[(.+)\]$/.exec(host)?.[1];
  const isHost = bare === undefined ? host === "localhost" || isIPv4(host) : isIPv6(bare);
  if (!isHost || Number(port) > 65_535) return err(`${JSON.stringify(text)} is not an address: write "127.0.0.1:<port>" or "unix:/path"`);
  return ok({ kind: "tcp", host: bare ?? host, port: Number(port) });
}

/** Whether only programs of this machine get there. */
export function isWithinHost(address: ListenAddress): boolean {
  return address.kind === "unix" || isLoopback(address.host);
}

/** `host` without brackets. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** The path of a URL on the instance itself. */
export function parseHttpPath(text: string): Result<string, string> {
  return /^\/[^\s#]*$/.test(text) ? ok(text) : err(`${JSON.stringify(text)} is not a path: it starts with "/", such as "/health"`);
}

export function parseHttpUrl(text: string): Result<string, string> {
  return /^https?:\/\/[^\s/]/.test(text) && URL.canParse(text) ? ok(text) : err(`${JSON.stringify(text)} is not a URL: it starts with http:// or https://`);
}

/** A folder in Consul's KV, without slashes at its ends. */
export function parsePrefix(text: string): Result<string, string> {
  return /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(text) ? ok(text) : err(`${JSON.stringify(text)} is not a prefix: use A-Z, a-z, 0-9 and ". _ -", with "/" in between only, such as "rollpin" or "teams/shop/rollpin"`);
}

/** Where artifacts lie: `{{version}}` once, within one segment of the path. */
export function parseArtifactPattern(text: string): Result<string, string> {
  const count = text.split("{{version}}").length - 1;
  return count === 1 ? ok(text) : err(`${JSON.stringify(text)} needs {{version}} in it${count > 1 ? " once" : ""}, such as "./releases/{{version}}"`);
}
