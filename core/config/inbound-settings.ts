import * as z from "zod/mini";
import { within } from "./fields.ts";

const port = z.int().check(z.minimum(0), z.maximum(65_535));

const longForm = z.strictObject({
  /** 0 takes any free one. */
  port,
  address: z._default(z.string().check(z.regex(/^(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/, { error: 'needs an IP address to listen on, such as "0.0.0.0" or "127.0.0.1"' })), "0.0.0.0"),
  /** `http` moves request by request, `tcp` connection by connection. */
  mode: z._default(z.enum(["http", "tcp"]), "http"),
  /** How long a former process may go on with what it has in flight. */
  drainLimit: within(0, 30_000),
  /** How long requests and connections wait while nothing serves. */
  hold: within(0, 5_000),
  /** `http`: silence of the process before it has begun its answer. */
  responseTimeout: within(100, 60_000),
  /** `http`: how long a client's connection may rest between requests. */
  idleTimeout: within(1_000, 75_000),
  maxConnections: z._default(z.int().check(z.minimum(1)), 10_000),
});
export type InboundSettings = z.infer<typeof longForm>;

/** A port alone, or a block with more. */
export const inboundSchema = z.union([port, longForm]);

export function inboundSettings(written: z.infer<typeof inboundSchema> | undefined): InboundSettings | undefined {
  return typeof written === "number" ? z.parse(longForm, { port: written }) : written;
}
