import * as z from "zod/mini";
import { type Result, err, ok } from "../model/result.ts";
import { within } from "./fields.ts";
import { parseHttpUrl, parsedBy } from "./values.ts";

const path = z.string().check(z.minLength(1, { error: "needs a path" }));

/** Somebody else's server that the guard asks, and how it is let in there. */
export const httpSourceSchema = z.strictObject({
  /** What stands before `/api/...`. */
  url: parsedBy(parseBase),
  /** Sent as `Authorization: Bearer`. Read anew for each request. */
  tokenFile: z.optional(path),
  /** A file with `user:password`. Read anew for each request. */
  basicAuthFile: z.optional(path),
  /** Authorities that its certificate is checked against, in place of the system's. */
  caFile: z.optional(path),
  /** How long an answer may take. */
  timeout: within(100, 5_000),
});
export type HttpSource = z.infer<typeof httpSourceSchema>;

function parseBase(text: string): Result<string, string> {
  const parsed = parseHttpUrl(text);
  if (!parsed.ok) return parsed;
  const { hash, password, search, username } = new URL(text);
  if (username !== "" || password !== "") return err('has a user or a password in it: put "user:password" into a file, and name that with "basicAuthFile"');
  if (search !== "" || hash !== "") return err('has "?" or "#" in it: write only what stands before /api');
  return ok(text.replace(/\/+$/, ""));
}
