/** `audit` of the agent's file: which file calls are written to, and what of them is written. Whatever isn't named here isn't kept. */
import * as z from "zod/mini";
import { isSecretName } from "../model/secret-names.ts";
import { type Result, err, ok } from "../model/result.ts";
import { within } from "./fields.ts";
import { parsedBy } from "./values.ts";

const MIB = 1024 * 1024;
const MOST_NAMES = 32;
const MOST_PATHS = 200;

const header = parsedBy(parseHeaderName, "needs the name of a header");

export const auditSchema = z.strictObject({
  /** Appended to. */
  file: z.string().check(z.minLength(1, { error: "needs a path" })),
  /** Parameters of the query that are written. */
  parameters: z._default(z.array(parsedBy(parseParameterName, "needs the name of a parameter")).check(z.maxLength(MOST_NAMES, { error: `at most ${MOST_NAMES} names` })), []),
  /** The header that says for which user a request was made. */
  user: z.optional(header),
  /** At the inbound port: the header that says which service calls. */
  caller: z.optional(header),
  /** The header that names the trace of a request without a `traceparent`. */
  trace: z.optional(header),
  /** Paths as they are written: `*` for one segment, `**` at the end for all that follow. Others aren't. */
  paths: z.optional(z.array(parsedBy(parsePathPattern, "needs a path")).check(z.minLength(1, { error: "names at least one path, or is left out" }), z.maxLength(MOST_PATHS, { error: `at most ${MOST_PATHS} paths` }))),
  /** It is rotated when it has grown past this, or is older than that. */
  maxBytes: z._default(z.int().check(z.minimum(4096)), 100 * MIB),
  maxAge: within(1_000, 86_400_000),
  /** So many rotated files stay. */
  keep: z._default(z.int().check(z.minimum(1), z.maximum(1_000)), 10),
  /** Rotated files are packed. */
  gzip: z._default(z.boolean(), false),
  /** When rows are on the disk for sure, and not only with the kernel: when the file is rotated or closed, or after each batch. */
  sync: z._default(z.enum(["rotation", "batch"]), "rotation"),
});
export type AuditSettings = z.infer<typeof auditSchema>;

function parseHeaderName(text: string): Result<string, string> {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(text)) return err(`${JSON.stringify(text)} is no name of a header`);
  return isSecretName(text) ? err(`${JSON.stringify(text)} holds a secret, and secrets aren't written: name a header that only says who`) : ok(text.toLowerCase());
}

function parseParameterName(text: string): Result<string, string> {
  if (text === "" || text.length > 64) return err("needs the name of a parameter, of 64 characters at most");
  return isSecretName(text) ? err(`${JSON.stringify(text)} is the name of a secret, and secrets aren't written: remove it`) : ok(text);
}

/** As its segments. */
function parsePathPattern(text: string): Result<readonly string[], string> {
  if (!/^\/[^\s?#]{0,255}$/.test(text)) return err(`${JSON.stringify(text)} is no path: it starts with "/", such as "/orders/*/items"`);
  const segments = text.slice(1).split("/");
  return segments.slice(0, -1).includes("**") ? err(`${JSON.stringify(text)}: "**" stands for all that follows, so it is the last segment`) : ok(segments);
}
