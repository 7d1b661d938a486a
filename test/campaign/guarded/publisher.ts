/** Whoever publishes call records, as services do: it goes on when the bus is gone, and what it has to say meanwhile is lost. */
import { connect as connectNats } from "@nats-io/transport-node";
import { type Channel, type ChannelModel, connect as connectAmqp } from "amqplib";
import { systemClock } from "../../../core/clock.ts";

export interface Publisher {
  publish(body: Buffer): void;
  close(): Promise<void>;
}

const AGAIN_MS = 250;

/** To a fanout exchange. */
export function openRabbitmqPublisher(url: string, exchange: string): Publisher {
  const over = new AbortController();
  let connected: { readonly connection: ChannelModel; readonly channel: Channel } | undefined;
  const connect = async (): Promise<void> => {
    const connection = await connectAmqp(url, { noDelay: true, timeout: 5_000 });
    const ended = new Promise<void>((resolve) => {
      connection.on("error", () => resolve());
      connection.on("close", () => resolve());
    });
    try {
      const channel = await connection.createChannel();
      channel.on("error", () => undefined);
      await channel.assertExchange(exchange, "fanout", { durable: true });
      connected = { connection, channel };
      await ended;
    } finally {
      connected = undefined;
      await connection.close().catch(() => undefined);
    }
  };
  const connecting = (async () => {
    while (!over.signal.aborted) {
      await connect().catch(() => undefined);
      await systemClock.sleep(AGAIN_MS, over.signal);
    }
  })();
  return {
    publish(body) {
      try {
        connected?.channel.publish(exchange, "", body);
      } catch {
        // It has just closed.
      }
    },
    async close() {
      over.abort();
      await connected?.connection.close().catch(() => undefined);
      await connecting;
    },
  };
}

export async function openNatsPublisher(url: string, subject: string): Promise<Publisher> {
  const connection = await connectNats({ servers: url, reconnectTimeWait: AGAIN_MS, maxReconnectAttempts: -1 });
  return {
    publish(body) {
      connection.publish(subject, body);
    },
    close: () => connection.close(),
  };
}
