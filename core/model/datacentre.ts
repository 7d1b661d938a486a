import { quoteForPerson } from "./names.ts";
import { type Result, err, ok } from "./result.ts";

/** Consul: agent configuration, `datacenter`. */
const DATACENTRE = /^[A-Za-z0-9_-]{1,64}$/;

export function parseDatacentre(text: string): Result<string, string> {
  return DATACENTRE.test(text) ? ok(text) : err(`${quoteForPerson(text)} is no datacentre: use letters, digits, "_" and "-"`);
}
