import * as z from "zod/mini";
import { type Result, err, ok } from "../model/result.ts";
import { isWithinHost, parseListen, parsedBy } from "./values.ts";

const longForm = z.strictObject({
  address: parsedBy((text) => asWritten(text, parseListen(text))),
  /** What it holds opens everything but /healthz and /readyz. */
  tokenFile: z.optional(z.string().check(z.minLength(1, { error: "needs a path" }))),
});
export type ListenSettings = z.infer<typeof longForm>;

/** An address alone, or a block with more. */
export const listenSchema = z.union([parsedBy(parseBareListen), longForm]);

function parseBareListen(text: string): Result<ListenSettings, string> {
  const parsed = parseListen(text);
  if (!parsed.ok) return parsed;
  return isWithinHost(parsed.value) ? ok({ address: text }) : err(beyondHost(text));
}

const asWritten = (text: string, parsed: Result<unknown, string>): Result<string, string> => (parsed.ok ? ok(text) : err(parsed.fault));

/** What is wrong with an address that other machines reach, where there is no token. */
export function beyondHost(text: string): string {
  const port = /\d+$/.exec(text)?.[0] ?? "<port>";
  return `${JSON.stringify(text)} can be reached from other machines, and what it serves has no password: write "127.0.0.1:${port}" or "unix:/path", or a block with "address" and "tokenFile"`;
}
