/** Whatever comes to the webhook and over the bus: nothing falls over, nothing grows, and nothing goes back that no valid word was said of; then a valid one is, and it does. */
import { chmod, readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { type NatsConnection, connect as connectNats } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import { freePorts } from "../../../core/free-ports.ts";
import { historyOf } from "../../support/history.ts";
import { type NatsServer, natsProgram, startNats } from "../../support/nats-server.ts";
import { jsonOf } from "../../support/otlp.ts";
import { seededRandom } from "../../support/random.ts";
import type { TestAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { requests } from "../bus/call-records.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { expectExit, processYaml, registered, runs } from "../stories/story.ts";
import { drawMessage } from "./hostile/draw-message.ts";
import { type Meant, type Sent, drawScribble, drawWebhook, meantAlert, webhookBody } from "./hostile/draw-webhook.ts";

const INPUTS = Number(process.env["ROLLPIN_HOSTILE"] ?? 2_000);
const SEED = Number(process.env["ROLLPIN_SEED"] ?? 11);
const TOKEN = "9b3e5f7a1c2d4e60";
const AT_ONCE = 12;
const SUBJECT = "otlp.spans";
const [WEBHOOK, BUS] = ["checkout", "payments"];
/** Others have the same policy, and nobody guards them. */
const OTHERS = ["shop", "secret"] as const;
const MEANT: Meant = { alertname: "HighErrorRate", service: WEBHOOK, version: "2.0.0" };
const MOST_GROWTH_MIB = 150;

const { consul, start } = await ownConsul({ acl: true });
const node = await consul.nodeName();
const manage = (...words: readonly string[]) => expectExit(0, words, { consul: consul.address, token: consul.managementToken });
const pinOf = async (service: string): Promise<string | undefined> => (await consul.kv.get(`rollpin/desired/${service}/pin`))?.trim();

/** At 2.0.0, with a good 1.0.0 to go back to, and a policy that would. */
async function moveOn(service: string, policy: string): Promise<void> {
  await manage("pin", service, "1.0.0", "--yes", "--no-wait");
  await manage("release", "clear", service, "1.0.0", "--good", "--yes");
  await manage("policy", "set", service, "--text", policy, "--yes");
  await manage("pin", service, "2.0.0", "--yes", "--no-wait");
}

async function startGuard(service: string, guard: object): Promise<TestAgent> {
  const instance = `${service}-1`;
  const token = await consul.createToken(hclOf(aclRulesOf("agent", { prefix: "rollpin", service, instance, node })));
  const guardToken = await consul.createToken(hclOf(aclRulesOf("guard", { prefix: "rollpin", service })));
  const agent = await start({ service, instance, token, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, files: { "guard-token": guardToken, "webhook-token": TOKEN }, yaml: processYaml(`sessionTtl: 10s\nguard: ${JSON.stringify({ tokenFile: "./guard-token", ...guard })}\n`) });
  await chmod(join(agent.folder, "webhook-token"), 0o600);
  await registered(consul, service, "1.0.0", "2.0.0");
  return agent;
}

const isGuarded = (service: string) => until(`${service} is guarded`, async () => (await consul.kv.list(`rollpin/locks/guard/${service}`)).some(({ session }) => session !== undefined));

/** Megabytes that it holds now. */
async function memoryOf(agent: TestAgent): Promise<number> {
  const status = await readFile(`/proc/${agent.pid()}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** Draws with so many at once until all are through; what it held halfway is what it is compared with. */
async function flood(agent: TestAgent, one: (random: () => number) => Promise<void>): Promise<{ readonly halfway: number; readonly end: number }> {
  let begun = 0;
  let halfway = 0;
  const { pid } = agent;
  const before = pid();
  const worker = async (seed: number): Promise<void> => {
    const random = seededRandom(seed);
    while (begun < INPUTS) {
      begun += 1;
      if (begun === Math.ceil(INPUTS / 2)) halfway = await memoryOf(agent);
      await one(random);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => worker(SEED * 1_000 + index)));
  expect(pid()).toBe(before);
  return { halfway, end: await memoryOf(agent) };
}

/** All stand where they stood, and nobody did anything. */
async function findUntouched(service: string): Promise<void> {
  for (const each of [service, ...OTHERS]) {
    expect([each, await pinOf(each)]).toEqual([each, "2.0.0"]);
    expect((await historyOf(consul, each)).filter(({ by }) => by === "guard")).toEqual([]);
  }
  const actions = (await consul.kv.list(`rollpin/guard/${service}/actions/`)).map(({ value }) => JSON.parse(value.toString()) as { readonly outcome: string });
  expect(actions.filter(({ outcome }) => outcome !== "paged")).toEqual([]);
}

async function findOneRollback(agent: TestAgent, service: string): Promise<void> {
  await runs(agent, "1.0.0");
  expect((await historyOf(consul, service)).filter(({ by }) => by === "guard")).toMatchObject([{ kind: "rollback" }]);
  for (const other of OTHERS) expect([other, await pinOf(other)]).toEqual([other, "2.0.0"]);
}

beforeAll(async () => {
  for (const service of OTHERS) {
    for (const version of ["1.0.0", "2.0.0"]) await manage("release", "register", service, version);
    await moveOn(service, "every: 1s\nsignals: {paged: {alertmanager: {}}, chain: {chain: {}}}\nstrategy: [{do: rollback}]\n");
  }
});

describe("whoever comes to the webhook", () => {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let port = 0;
  afterAll(() => agent.destroy());

  /** `gone`: the connection was closed, as it is on whoever sends more than is read. */
  async function send({ body, headers, method, path }: Sent): Promise<number | "gone"> {
    return await new Promise((resolve) => {
      const asked = request({ host: "127.0.0.1", port, agent, method, path, headers: { ...headers, "Content-Length": body.length } }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0)).on("error", () => resolve(response.statusCode ?? 0));
      });
      asked.on("error", () => resolve("gone"));
      asked.end(body);
    });
  }

  async function scribble(text: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const socket = connectSocket({ host: "127.0.0.1", port }, () => socket.end(text));
      socket.resume().on("error", () => undefined).on("close", () => resolve());
    });
  }

  const post = (...alerts: readonly unknown[]) => send({ headers: { Authorization: `Bearer ${TOKEN}` }, path: "/v1/alerts", method: "POST", body: webhookBody(...alerts) });

  /** That it is over comes first; then, late, that it fires, twice. */
  async function sayTooLate(random: () => number): Promise<void> {
    const alert = meantAlert(MEANT, Math.floor(random() * 1e12).toString(16));
    // One that found no place is no word that was heard.
    if ((await post({ ...alert, status: "resolved" })) !== 200) return;
    await post(alert);
    await post(alert, alert);
  }

  const STATUSES = [200, 400, 401, 404, 405, 413, 415, 429, "gone"];

  it(`rolls nothing back by ${INPUTS} requests without a valid word in them, and by one that has it (ROLLPIN_SEED=${SEED})`, { timeout: 120_000 + INPUTS * 25 }, async () => {
    [port = 0] = await freePorts(1);
    const guard = await startGuard(WEBHOOK, { alertmanager: { listen: `127.0.0.1:${port}`, tokenFile: "./webhook-token" } });
    // A look each ten minutes: only the webhook's news can be what moves it, and any that moves it is seen.
    await moveOn(WEBHOOK, `every: 10m\nnoDataAfter: 1h\nsignals: {paged: {alertmanager: {alertname: ${MEANT.alertname}}}}\nstrategy: [{do: rollback}]\n`);
    await runs(guard, "2.0.0");
    await isGuarded(WEBHOOK);
    const tally = new Map<number | string, number>();
    const { end, halfway } = await flood(guard, async (random) => {
      if (random() < 0.02) await scribble(drawScribble(random));
      if (random() < 0.02) await sayTooLate(random);
      const status = await send(drawWebhook(random, TOKEN, MEANT));
      tally.set(status, (tally.get(status) ?? 0) + 1);
    });
    await findUntouched(WEBHOOK);
    const lines = (await guard.log()).split("\n").filter((line) => line.includes("alert-webhook")).length;
    console.log(`= ${INPUTS} hostile requests to the webhook: ${[...tally].toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))).map(([status, times]) => `${status}: ${times}`).join(", ")}; ${lines} log lines; ${halfway} MiB halfway, ${end} MiB at the end`);
    expect([...tally.keys()].filter((status) => !STATUSES.includes(status))).toEqual([]);
    expect(lines).toBeLessThan(100);
    expect(end - halfway).toBeLessThan(MOST_GROWTH_MIB);
    expect(await post(meantAlert(MEANT, "abc"))).toBe(200);
    await findOneRollback(guard, WEBHOOK);
  });
});

describe.skipIf(natsProgram === undefined)("whoever publishes to the bus", () => {
  let nats: NatsServer;
  let publisher: NatsConnection;
  beforeAll(async () => {
    nats = await startNats();
    publisher = await connectNats({ servers: nats.url });
  });
  afterAll(async () => {
    await publisher.close();
    await nats.kill();
  });

  it(`rolls nothing back by ${INPUTS} messages without a call of its own that failed, and by such calls (ROLLPIN_SEED=${SEED})`, { timeout: 120_000 + INPUTS * 25 }, async () => {
    const guard = await startGuard(BUS, { bus: { url: nats.url, subject: SUBJECT } });
    await moveOn(BUS, "every: 500ms\nnoDataAfter: 1h\nsignals: {chain: {chain: {}}}\nstrategy: [{do: rollback}]\n");
    await runs(guard, "2.0.0");
    await isGuarded(BUS);
    let bytes = 0;
    const { end, halfway } = await flood(guard, async (random) => {
      const message = drawMessage(random, BUS, "2.0.0");
      bytes += message.length;
      publisher.publish(SUBJECT, message);
      await publisher.flush();
    });
    await findUntouched(BUS);
    console.log(`= ${INPUTS} hostile messages on the bus, ${Math.round(bytes / 1024 / 1024)} MiB: ${halfway} MiB halfway, ${end} MiB at the end`);
    expect(end - halfway).toBeLessThan(MOST_GROWTH_MIB);
    await until("the guard went back", async () => {
      for (const spans of requests(40)) publisher.publish(SUBJECT, jsonOf(spans));
      return (await pinOf(BUS)) === "1.0.0";
    });
    await findOneRollback(guard, BUS);
  });
});
