/** A real NATS. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NatsConnection, connect } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CallRecords } from "../../../agent/bus/call-records.ts";
import { type NatsServer, natsProgram, startNats } from "../../support/nats-server.ts";
import { jsonOf, protobufOf } from "../../support/otlp.ts";
import { until } from "../../support/until.ts";
import { THRESHOLDS, openRecords, requests, suspectOf } from "./call-records.ts";

describe.skipIf(natsProgram === undefined)("call records from NATS", () => {
  let server: NatsServer;
  let publisher: NatsConnection;
  let folder: string;
  const open: CallRecords[] = [];
  const connectPublisher = (): Promise<NatsConnection> => connect({ servers: server.url, user: "rollpin", pass: "se:cret" });

  async function records(settings: object = {}): Promise<CallRecords> {
    const opened = await openRecords({ url: server.url, subject: "calls.>", credentialsFile: join(folder, "credentials"), ...settings }, "one");
    open.push(opened);
    return opened;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollpin-nats-"));
    await writeFile(join(folder, "credentials"), "rollpin:se:cret\n");
    server = await startNats({ user: "rollpin", password: "se:cret" });
    publisher = await connectPublisher();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  afterAll(async () => {
    await publisher.close();
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it("name the version two hops below the symptom, whatever else is published", async () => {
    const agent = await records();
    await until("the bus is connected", () => agent.fault() === undefined);
    publisher.publish("calls.spans", "nonsense");
    for (const [at, spans] of requests(480).entries()) publisher.publish("calls.spans", at % 2 === 0 ? jsonOf(spans) : protobufOf(spans));
    await publisher.flush();
    await until("all is counted", () => agent.judge(suspectOf("payments", "2.0.0"), THRESHOLDS).suspect.calls === 240);
    expect(agent.judge(suspectOf("payments", "2.0.0"), THRESHOLDS)).toMatchObject({ cause: "version", suspect: { calls: 240, own: 60 } });
    expect(agent.figures()).toMatchObject({ messages: 481, unreadable: 1 });
  });

  it("come again after NATS was killed", async () => {
    const agent = await records();
    await until("the bus is connected", () => agent.fault() === undefined);
    await server.kill();
    await until("the agent knows", () => agent.fault()?.startsWith("NATS: "));
    await server.start();
    await until("the bus is connected again", () => agent.fault() === undefined);
    publisher = await connectPublisher();
    for (const spans of requests(10)) publisher.publish("calls.spans", jsonOf(spans));
    await until("they are taken", () => agent.figures().taken === 50);
  });

  it("say why none come where the bus lets nobody in, and come once the credentials are right", async () => {
    const file = join(folder, "wrong");
    await writeFile(file, "rollpin:wrong");
    const agent = await records({ credentialsFile: file });
    await until("it is said", () => agent.fault()?.startsWith("NATS: ") === true && agent.fault()?.toLowerCase().includes("authorization"));
    await writeFile(file, "rollpin:se:cret");
    await until("the bus is connected", () => agent.fault() === undefined);
  });
});
