/**
 * RabbitMQ: a durable queue of this agent's own, so that each agent that guards sees every record; acknowledged once taken;
 * what can't be read goes to `<queue>.unreadable`, to be looked at.
 */
import { type Channel, type ChannelModel, type ConsumeMessage, connect as connectAmqp, credentials as saslOf } from "amqplib";
import { messageOf } from "../../core/model/message-of.ts";
import type { BusDeps } from "./bus.ts";
import { readAccess } from "./credentials.ts";
import { type Turns, inTurns } from "./in-turns.ts";
import type { Connected } from "./keep-connected.ts";

/** Older records say nothing of now. */
const KEPT_MS = 600_000;
/** Of the queue: what an agent that is away is sent later. */
const KEPT_BYTES = 256 * 1024 * 1024;
const UNREADABLE_KEPT_MS = 7 * 86_400_000;
const UNREADABLE_BYTES = 16 * 1024 * 1024;
/** A queue that no agent takes from is one of an agent that is no more. */
const UNUSED_MS = 86_400_000;
const CONNECT_MS = 10_000;
const HEARTBEAT_S = 10;
/** A broker that stands still never says that it has closed. */
const CLOSE_MS = 1_000;

export async function connect(deps: BusDeps): Promise<Connected> {
  const { clock, folder, instance, settings } = deps;
  const { ca, credentials } = await readAccess(settings, folder);
  const connection = await connectAmqp(withHeartbeat(settings.url), {
    noDelay: true,
    timeout: CONNECT_MS,
    clientProperties: { connection_name: `rollpin ${instance}` },
    ...(ca === undefined ? {} : { ca }),
    ...(credentials === undefined ? {} : { credentials: saslOf.plain(credentials.user ?? "", credentials.password) }),
  });
  const ended = endOf(connection);
  const turns = inTurns<Delivery>(({ channel, message }) => {
    if (deps.take(message.content) === "taken") channel.ack(message);
    else channel.nack(message, false, false);
  }, clock);
  // What is closed can't be told what was taken.
  void ended.then(turns.end);
  const close = async (): Promise<void> => {
    turns.end();
    await Promise.race([connection.close().catch(() => undefined), clock.sleep(CLOSE_MS)]);
  };
  try {
    const consuming = consume(await connection.createChannel(), deps, turns);
    // A queue that can't be declared closes the channel: that is told better by what was asked than by that it has closed.
    const channel = await Promise.race([consuming, ended.then((why) => Promise.reject(new Error(why)))]);
    return { ended: Promise.race([ended, channel.ended]), close };
  } catch (error) {
    await close();
    throw new Error(`RabbitMQ: ${messageOf(error)}`, { cause: error });
  }
}

function endOf(connection: ChannelModel): Promise<string> {
  return new Promise((resolve) => {
    connection.on("error", (error) => resolve(`RabbitMQ: ${error.message}`));
    connection.on("close", (error) => resolve(`RabbitMQ: the connection was closed${error === undefined ? "" : `: ${error.message}`}`));
  });
}

interface Delivery {
  readonly channel: Channel;
  readonly message: ConsumeMessage;
}

/** Resolves, once messages come, to when they have ended. */
async function consume(channel: Channel, deps: BusDeps, turns: Turns<Delivery>): Promise<{ readonly ended: Promise<string> }> {
  const { exchange, prefetch, queue = `rollpin.${deps.instance}` } = deps.settings;
  const unreadable = `${queue}.unreadable`;
  const ended = new Promise<string>((resolve) => {
    channel.on("error", (error) => resolve(`RabbitMQ: ${error.message}`));
    channel.on("close", () => resolve("RabbitMQ: the channel was closed"));
    channel.on("cancel", () => resolve(`RabbitMQ: the queue ${queue} was deleted`));
  });
  void ended.then(turns.end);
  await channel.assertQueue(unreadable, { durable: true, messageTtl: UNREADABLE_KEPT_MS, arguments: { "x-max-length-bytes": UNREADABLE_BYTES } });
  await channel.assertQueue(queue, { durable: true, messageTtl: KEPT_MS, expires: UNUSED_MS, deadLetterExchange: "", deadLetterRoutingKey: unreadable, arguments: { "x-max-length-bytes": KEPT_BYTES } });
  if (exchange !== undefined) {
    await channel.assertExchange(exchange, "fanout", { durable: true });
    await channel.bindQueue(queue, exchange, "");
  }
  await channel.prefetch(prefetch);
  await channel.consume(queue, (message) => {
    if (message !== null) turns.put({ channel, message }, message.content.length);
  });
  return { ended };
}

function withHeartbeat(text: string): string {
  const url = new URL(text);
  if (!url.searchParams.has("heartbeat")) url.searchParams.set("heartbeat", String(HEARTBEAT_S));
  return url.href;
}
