/** Without an inbound port the agent carries nothing: clients that follow the catalog see nothing of its kill -9, or of its crash. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { registered, runs } from "../stories/story.ts";
import { httpLoad, total } from "./clients.ts";

/** `npm run prove -- agent-kills` asks for 20 kills and 50,000 requests. */
const KILLS = Number(process.env["ROLLPIN_AGENT_KILLS"] ?? 3);
const REQUESTS = Number(process.env["ROLLPIN_REQUESTS"] ?? 500);
const SERVICE = "outlives";
/** In turn: somebody's hand, then crashes of its own, which Node's handlers don't see either. */
const SIGNALS = ["SIGKILL", "SIGABRT", "SIGSEGV"] as const;

/** Answers as good.js does, and prints a line for each, as a service that logs does. */
const TALKATIVE = `
import { createServer } from "node:http";
let number = 0;
createServer((_, response) => {
  number += 1;
  console.log("request " + number);
  response.end(process.env.ROLLPIN_VERSION);
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

let consul: ConsulServer;
let agent: TestAgent;
beforeAll(async () => {
  consul = await startConsul();
  agent = await startAgent({ consul: consul.address, service: SERVICE, releases: { "1.0.0": TALKATIVE } });
  await registered(consul, SERVICE, "1.0.0");
  const ran = await rollpin(["pin", SERVICE, "1.0.0", "--yes"], { consul: consul.address });
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  await runs(agent, "1.0.0");
});
afterAll(async () => {
  await agent.remove();
  await consul.stop();
});

async function printed(): Promise<string> {
  const folder = join(agent.folder, "rollpin-state", "process", agent.instance, "output");
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
  return texts.join("");
}

it(`${KILLS} times the agent is killed under load, by ${SIGNALS.join(", ")} in turn: the same process serves, answers every request and goes on printing`, { timeout: 120_000 + KILLS * 20_000 + REQUESTS * 5 }, async () => {
  const { pid, port } = (await agent.state()).record;
  if (port === undefined) throw new Error("the process has no port");
  const load = httpLoad(port, 8, 1);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await agent.kill(SIGNALS[(kill - 1) % SIGNALS.length]);
    const before = total(load);
    // While no agent lives.
    await until("clients are answered", () => total(load) >= before + 20);
    await until("the process prints on", async () => (await printed()).includes(`request ${before + 5}\n`));
    await agent.start();
    await runs(agent, "1.0.0");
    expect((await agent.state()).record).toMatchObject({ pid, port });
    await until("its share of requests", () => total(load) >= (kill * REQUESTS) / KILLS, { deadlineMs: 120_000 });
  }
  await load.end();
  console.log(`= the agent killed by ${SIGNALS.join(", ")} in turn, no inbound port: ${KILLS} times, ${total(load)} requests, ${load.failures.length} failed, the same process throughout`);
  expect(load.failures).toEqual([]);
  await until("the last line is there", async () => (await printed()).includes(`request ${total(load)}\n`));
});
