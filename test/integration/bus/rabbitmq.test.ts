/** A real RabbitMQ. */
import { type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CallRecords } from "../../../agent/bus/call-records.ts";
import { jsonOf, protobufOf } from "../../support/otlp.ts";
import { type RabbitmqServer, rabbitmqProgram, startRabbitmq } from "../../support/rabbitmq-server.ts";
import { until } from "../../support/until.ts";
import { THRESHOLDS, openRecords, requests, suspectOf } from "./call-records.ts";

const START_MS = 120_000;

describe.skipIf(rabbitmqProgram === undefined)("call records from RabbitMQ", () => {
  let server: RabbitmqServer;
  let publisher: ChannelModel;
  let channel: ConfirmChannel;
  const open: CallRecords[] = [];

  async function connectPublisher(): Promise<void> {
    publisher = await until("RabbitMQ lets the publisher in", () => connect(server.url));
    publisher.on("error", () => undefined);
    channel = await publisher.createConfirmChannel();
    channel.on("error", () => undefined);
  }

  async function records(settings: object, instance: string): Promise<CallRecords> {
    const opened = await openRecords({ url: server.url, ...settings }, instance);
    open.push(opened);
    await until("the bus is connected", () => opened.fault() === undefined);
    return opened;
  }

  async function publish(exchange: string, key: string, bodies: readonly Buffer[]): Promise<void> {
    for (const body of bodies) channel.publish(exchange, key, body, { persistent: true, contentType: "application/json" });
    await channel.waitForConfirms();
  }

  const countIn = async (queue: string): Promise<number> => (await channel.checkQueue(queue)).messageCount;

  beforeAll(async () => {
    server = await startRabbitmq();
    await connectPublisher();
  }, START_MS);
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  afterAll(async () => {
    await publisher.close().catch(() => undefined);
    await server.remove();
  });

  it("name the version two hops below the symptom, and every agent sees all of them", async () => {
    const [one, other] = [await records({ exchange: "calls" }, "one"), await records({ exchange: "calls" }, "other")];
    const all = requests(480);
    await publish("calls", "otlp_spans", [...all.slice(0, 240).map(jsonOf), ...all.slice(240).map(protobufOf)]);
    for (const agent of [one, other]) {
      await until("all is counted", () => agent.judge(suspectOf("payments", "2.0.0"), THRESHOLDS).suspect.calls === 240);
      expect(agent.judge(suspectOf("payments", "2.0.0"), THRESHOLDS)).toMatchObject({ cause: "version", beside: true, suspect: { calls: 240, own: 60 }, baseline: { calls: 240, own: 0 } });
      expect(agent.judge(suspectOf("shop", "1.0.0"), THRESHOLDS).cause).not.toBe("version");
      expect(agent.judge(suspectOf("payments", "2.0.0"), THRESHOLDS).examples.at(-1)?.map(({ service }) => service)).toEqual(["shop", "cart", "payments"]);
    }
    await until("all is acknowledged", async () => (await countIn("rollpin.one")) === 0 && (await countIn("rollpin.other")) === 0);
  });

  it("are put aside where they can't be read, or are too large, and the rest goes on", async () => {
    const agent = await records({ exchange: "odd", queue: "odd", maxMessageBytes: 4096 }, "odd");
    const [good] = requests(1);
    await publish("odd", "", [Buffer.from("{"), Buffer.from("nonsense"), Buffer.alloc(5_000, 0x20), jsonOf(good ?? []), Buffer.from("[1,2")]);
    await until("the good one is taken", () => agent.figures().taken === 5);
    await until("the others are put aside", async () => (await countIn("odd.unreadable")) === 4 && (await countIn("odd")) === 0);
    expect(agent.figures()).toMatchObject({ messages: 5, unreadable: 4 });
    const aside = await channel.get("odd.unreadable", { noAck: true });
    expect(aside === false ? "" : aside.content.toString()).toBe("{");
  });

  it("that were published while the agent was away are taken once it is back", async () => {
    const first = await records({ exchange: "away" }, "away");
    await first.close();
    await publish("away", "", requests(40).map(jsonOf));
    const again = await records({ exchange: "away" }, "away");
    await until("they are taken", () => again.figures().taken === 200);
  });

  it("come again after RabbitMQ was killed, with what it had kept", { timeout: 180_000 }, async () => {
    const agent = await records({ exchange: "killed" }, "killed");
    await publish("killed", "", requests(10).map(jsonOf));
    await until("they are taken", () => agent.figures().taken === 50);
    await server.kill();
    await until("the agent knows", () => agent.fault()?.startsWith("RabbitMQ: "));
    await server.start();
    await connectPublisher();
    await publish("killed", "", requests(10).map(jsonOf));
    await until("they are taken too", () => agent.figures().taken >= 100, { deadlineMs: 60_000 });
    expect(agent.fault()).toBeUndefined();
  });

  it("say why none come where the bus lets nobody in", async () => {
    const agent = await openRecords({ url: server.url, credentialsFile: "/nowhere/credentials" }, "stranger");
    open.push(agent);
    await until("it is said", () => agent.fault()?.includes("ENOENT"));
  });
});
