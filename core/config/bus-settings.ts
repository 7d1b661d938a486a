/** The message bus from which an agent that guards takes call records. */
import * as z from "zod/mini";
import { type Result, err, ok } from "../model/result.ts";
import { parsedBy } from "./values.ts";

const name = z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/, { error: "needs 1 to 200 characters without white space" }));
const path = z.string().check(z.minLength(1, { error: "needs a path" }));

export const busSchema = z
  .strictObject({
    /** `amqp://` or `amqps://` for RabbitMQ, `nats://` or `tls://` for NATS; without user and password. */
    url: parsedBy(parseBusUrl),
    /** A file with `user:password`, or with a token alone (NATS). Read anew whenever the bus is connected to. */
    credentialsFile: z.optional(path),
    /** Authorities that its certificate is checked against, in place of the system's. */
    caFile: z.optional(path),
    /** RabbitMQ: the queue that is this agent's alone; `rollpin.<instance>` where it isn't given. */
    queue: z.optional(name),
    /** RabbitMQ: where records are published to; the queue is bound to it. Without one, they are published to the queue. */
    exchange: z.optional(name),
    /** NATS: where records are published to. */
    subject: z.optional(name),
    /** A larger message is not read. */
    maxMessageBytes: z._default(z.int().check(z.minimum(1024), z.maximum(64 * 1024 * 1024)), 1024 * 1024),
    /** RabbitMQ: messages that are on their way at once. */
    prefetch: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 16),
    /** Spans that are held of traces that aren't over yet; 200,000 take about 100 MiB. */
    maxSpans: z._default(z.int().check(z.minimum(1_000), z.maximum(2_000_000)), 100_000),
  })
  .check(
    z.refine(({ subject, url }) => !isNats(url) || subject !== undefined, { error: 'needs "subject": where on NATS the records are published' }),
    z.refine(({ exchange, queue, url }) => !isNats(url) || (queue === undefined && exchange === undefined), { error: '"queue" and "exchange" are RabbitMQ\'s: NATS has a "subject"' }),
    z.refine(({ subject, url }) => isNats(url) || subject === undefined, { error: '"subject" is NATS\'s: RabbitMQ has an "exchange" and a "queue"' }),
  );
export type BusSettings = z.infer<typeof busSchema>;

export function isNats(url: string): boolean {
  return url.startsWith("nats:") || url.startsWith("tls:");
}

function parseBusUrl(text: string): Result<string, string> {
  if (!/^(amqps?|nats|tls):\/\/[^\s/]/.test(text) || !URL.canParse(text)) return err(`${JSON.stringify(text)} is no bus: it starts with amqp://, amqps://, nats:// or tls://`);
  const { password, username } = new URL(text);
  return username === "" && password === "" ? ok(text) : err('has a user or a password in it: put "user:password" into a file, and name that with "credentialsFile"');
}
