import { type Result, err, ok } from "./result.ts";

const SERVICE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;
const INSTANCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Where a bad name is shown back to a person: cut short, and with control characters made visible. */
export function quoteForPerson(text: string, limit = 64): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return JSON.stringify(cut);
}

/** A service name is a DNS label, so that it is safe in a key, a URL and a host name. */
export function parseServiceName(text: string): Result<string, string> {
  if (SERVICE.test(text)) return ok(text);
  return err(`${quoteForPerson(text)} is not a service name: use 1 to 63 of a-z, 0-9 and "-", with no "-" at either end`);
}

/** A version is safe in a path and a key. It is kept as typed, build metadata included. */
export function parseVersion(text: string): Result<string, string> {
  if (VERSION.test(text)) return ok(text);
  return err(`${quoteForPerson(text)} is not a version: use 1 to 128 of A-Z, a-z, 0-9 and ". _ + -", starting with a letter or digit`);
}

/** Tracks share the grammar of service names: `stable`, `canary`, `blue`, `green`, `backup`, or a name of the user's. */
export function parseTrack(text: string): Result<string, string> {
  if (SERVICE.test(text)) return ok(text);
  return err(`${quoteForPerson(text)} is not a track: use 1 to 63 of a-z, 0-9 and "-", with no "-" at either end`);
}

const TRACK = "track:";

/** `track:<name>`, as routes and rollbacks name one among versions and services: the name, not checked. Undefined for any other text. */
export function trackNamedIn(text: string): string | undefined {
  return text.startsWith(TRACK) ? text.slice(TRACK.length) : undefined;
}

export function parseInstanceName(text: string): Result<string, string> {
  if (INSTANCE.test(text)) return ok(text);
  return err(`${quoteForPerson(text)} is not an instance name: use 1 to 128 of A-Z, a-z, 0-9 and ". _ -", starting with a letter or digit`);
}

/** The track that is meant when none is named. */
export const STABLE = "stable";
