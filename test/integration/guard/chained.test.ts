/** A version that fails two calls below where it is seen: from the call records on a real bus to the rollback, in a real agent. */
import { type NatsConnection, connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import { shapes } from "../../../cli/output/shapes.ts";
import { historyOf } from "../../support/history.ts";
import { type NatsServer, natsProgram, startNats } from "../../support/nats-server.ts";
import { jsonOf, protobufOf } from "../../support/otlp.ts";
import { until } from "../../support/until.ts";
import { requests } from "../bus/call-records.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { expectExit, processYaml, registered, runs } from "../stories/story.ts";

const { consul, start } = await ownConsul({ acl: true });
const node = await consul.nodeName();
const manage = (...words: readonly string[]) => expectExit(0, words, { consul: consul.address, token: consul.managementToken });
const explained = async (service: string) => z.parse(shapes.guard, JSON.parse((await manage("guard", "explain", service, "-o", "json")).stdout));

/** A look each ten minutes: only a verdict that changes can be what moves it. */
const POLICY = "every: 10m\nsignals: {chain: {chain: {}}}\nstrategy: [{when: [chain], do: rollback}]\n";

describe.skipIf(natsProgram === undefined)("a guarded service whose callers' callers fail", () => {
  let nats: NatsServer;
  let publisher: NatsConnection;

  beforeAll(async () => {
    nats = await startNats();
    publisher = await connect({ servers: nats.url });
  });
  afterAll(async () => {
    await publisher.close();
    await nats.kill();
  });

  it("goes back, at once, and says by way of what it was seen", { timeout: 120_000 }, async () => {
    const [service, instance] = ["payments", "payments-1"];
    const token = await consul.createToken(hclOf(aclRulesOf("agent", { prefix: "rollpin", service, instance, node })));
    const guardToken = await consul.createToken(hclOf(aclRulesOf("guard", { prefix: "rollpin", service })));
    const guard = { tokenFile: "./guard-token", bus: { url: nats.url, subject: "otlp.spans" } };
    const agent = await start({ service, instance, token, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, files: { "guard-token": `${guardToken}\n` }, yaml: processYaml(`sessionTtl: 10s\nguard: ${JSON.stringify(guard)}\n`) });
    await registered(consul, service, "1.0.0", "2.0.0");
    await manage("pin", service, "1.0.0", "--yes");
    await manage("release", "clear", service, "1.0.0", "--good", "--yes");
    await manage("policy", "set", service, "--text", POLICY, "--yes");
    await until("it is guarded", async () => (await explained(service)).leader === instance);
    await manage("pin", service, "2.0.0", "--yes");
    await runs(agent, "2.0.0");
    await until("the guard went back", async () => {
      for (const [at, spans] of requests(40).entries()) publisher.publish("otlp.spans", at % 2 === 0 ? jsonOf(spans) : protobufOf(spans));
      publisher.publish("otlp.spans", "nonsense");
      return (await consul.kv.get(`rollpin/desired/${service}/pin`))?.trim() === "1.0.0";
    });
    expect((await historyOf(consul, service)).filter(({ by }) => by === "guard")).toHaveLength(1);
    const { action } = await explained(service);
    expect(action).toMatchObject({ deed: "rollback", outcome: "done", readings: { chain: { says: "bad", alike: false, evidence: [{ kind: "chain", cause: "version" }, { kind: "counts", version: "2.0.0" }, { kind: "counts", version: "1.0.0", when: "beside" }] } } });
    expect(action?.says).toContain("seen at shop 1.0.0, by way of shop 1.0.0 → cart 1.0.0 → payments 2.0.0");
  });
});
