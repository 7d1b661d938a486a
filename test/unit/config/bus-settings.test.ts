import { expect, it } from "vitest";
import * as z from "zod/mini";
import { busSchema } from "../../../core/config/bus-settings.ts";

it.each([
  [{ url: "amqp://rabbitmq:5672/shop" }, undefined],
  [{ url: "amqps://rabbitmq", exchange: "spans", queue: "mine", caFile: "ca.pem", prefetch: 100 }, undefined],
  [{ url: "nats://nats:4222", subject: "otlp.>" }, undefined],
  [{ url: "http://rabbitmq" }, /is no bus: it starts with amqp:/],
  [{ url: "amqp://guest:guest@rabbitmq" }, /has a user or a password in it/],
  [{ url: "nats://nats" }, /needs "subject"/],
  [{ url: "tls://nats", subject: "a", queue: "b" }, /are RabbitMQ's/],
  [{ url: "amqp://rabbitmq", subject: "a" }, /is NATS's/],
  [{ url: "amqp://rabbitmq", queue: "two words" }, /without white space/],
  [{ url: "amqp://rabbitmq", maxMessageBytes: 10 }, /Invalid input/],
])("%j", (settings, fault) => {
  const parsed = z.safeParse(busSchema, settings);
  if (fault === undefined) expect(parsed.error).toBeUndefined();
  else expect(parsed.error?.issues.map(({ message }) => message).join("; ")).toMatch(fault);
});
