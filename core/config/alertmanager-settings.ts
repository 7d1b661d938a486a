import * as z from "zod/mini";
import { type Result, err, ok } from "../model/result.ts";
import { within } from "./fields.ts";
import { httpSourceSchema } from "./http-source.ts";
import { parseListen, parsedBy } from "./values.ts";

const path = z.string().check(z.minLength(1, { error: "needs a path" }));
const labelName = z.string().check(z.regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/, { error: "is no label's name: a-z, A-Z, 0-9 and _, with no digit in front" }));

/** Where Alertmanager's webhook comes in, who is let in, and which labels say what an alert is about. */
export const alertmanagerSourceSchema = z
  .strictObject({
    listen: parsedBy(parseWebhookListen),
    /** A file with the token that the webhook sends as `Authorization: Bearer`. */
    tokenFile: z.optional(path),
    /** Served by HTTPS; with `clientCaFile`, to those only who have a certificate of that authority. */
    tls: z.optional(z.strictObject({ certFile: path, keyFile: path, clientCaFile: z.optional(path) })),
    labels: z._default(z.strictObject({ service: z._default(labelName, "service"), version: z._default(labelName, "version") }), { service: "service", version: "version" }),
    /** Its API: what fires is asked for there at each look, so that a restart forgets nothing and silence can be believed. */
    api: z.optional(httpSourceSchema),
    /** Without `api`: Alertmanager's repeat_interval, after which it has said everything once more. */
    repeat: within(1_000, 4 * 3_600_000),
  })
  .check(z.refine(({ tls, tokenFile }) => tokenFile !== undefined || tls?.clientCaFile !== undefined, { error: 'lets everybody in: add "tokenFile", or "tls" with "clientCaFile"' }));
export type AlertmanagerSource = z.infer<typeof alertmanagerSourceSchema>;

function parseWebhookListen(text: string): Result<string, string> {
  const parsed = parseListen(text);
  if (!parsed.ok) return parsed;
  return parsed.value.kind === "unix" ? err("is a path: Alertmanager's webhook comes to a port, such as \"127.0.0.1:9099\"") : ok(text);
}
