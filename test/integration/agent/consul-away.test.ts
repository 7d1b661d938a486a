import { appendFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulOptions, type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function ownConsul(options: ConsulOptions): Promise<ConsulServer> {
  const consul = await startConsul(options);
  endings.push(() => consul.stop());
  return consul;
}

async function pinned(consul: ConsulServer, service: string, token?: string): Promise<TestAgent> {
  const agent = await startAgent({ consul: consul.address, service, token, releases: { "1.0.0": "good.js", "2.0.0": "good.js" } });
  endings.push(() => agent.remove());
  await until("2.0.0 is registered", async () => (await consul.kv.get(`rollpin/releases/${service}/2.0.0`)) !== undefined);
  const ran = await rollpin(["pin", service, "1.0.0", "--yes"], { consul: consul.address, token: consul.managementToken });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return agent;
}

async function answers(agent: TestAgent): Promise<string> {
  const { port } = (await agent.state()).record;
  return (await (await fetch(`http://127.0.0.1:${port}/`)).text()).trim();
}

/** `npm run prove -- away` asks for a minute. */
const AWAY_MS = Number(process.env["ROLLPIN_AWAY_MS"] ?? 1_000);

/** Asks the service ten times a second for so long; every answer must be this version's. */
async function keepsAnswering(agent: TestAgent, version: string, ms: number): Promise<number> {
  const end = systemClock.monotonic() + ms;
  let answered = 0;
  for (; systemClock.monotonic() < end; answered += 1) {
    expect(await answers(agent)).toBe(version);
    await systemClock.sleep(100);
  }
  return answered;
}

describe("Consul away", () => {
  it("the service keeps answering, a restarted agent goes on, and all converge within 2 s of the return", { timeout: 60_000 + AWAY_MS }, async () => {
    const consul = await ownConsul({ persistent: true });
    const agent = await pinned(consul, "away");
    const { pid } = (await agent.state()).record;
    await consul.kill();
    await until("the agent knows", async () => !(await agent.state()).consul.connected);
    const answered = await keepsAnswering(agent, "1.0.0", AWAY_MS);

    await agent.kill();
    await agent.start();
    await until("the next agent found the process again", async () => (await agent.state()).record.pid === pid);
    expect(await answers(agent)).toBe("1.0.0");

    // Both gone: the next agent starts what it remembers.
    await agent.kill();
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    await agent.start();
    await until("last known good answers", async () => (await agent.state()).record.pid !== pid && (await answers(agent)) === "1.0.0");
    await until("held", async () => (await agent.state()).record.status === "held");

    await consul.restart();
    const back = systemClock.monotonic();
    await until("in sync", async () => (await agent.state()).record.status === "in-sync", { deadlineMs: 2_000 });
    console.log(`= ${answered} answers in ${AWAY_MS} ms without Consul, in sync ${Math.round(systemClock.monotonic() - back)} ms after its return`);
    const flipped = await rollpin(["pin", "away", "2.0.0", "--yes"], { consul: consul.address });
    expect(flipped, flipped.stderr).toMatchObject({ code: 0 });
    expect(await answers(agent)).toBe("2.0.0");
  });

  it("an election is held and reported, never taken for nothing pinned", async () => {
    const consul = await ownConsul({ servers: 3 });
    const agent = await pinned(consul, "election");
    const { pid } = (await agent.state()).record;
    const leader = await consul.leaderIndex();
    await consul.kill(leader);
    // The agent speaks to the first server; where that was the leader it comes back after the election.
    const others = [0, 1, 2].filter((index) => index !== leader);
    await until("another leader", async () => others.includes(await consul.leaderIndex()));
    await consul.restart(leader);
    const flipped = await until("an operator gets through", async () => {
      const ran = await rollpin(["pin", "election", "2.0.0", "--yes"], { consul: consul.address });
      return ran.code === 0 || ran.stdout.includes("already") ? ran : undefined;
    });
    expect(flipped.code).toBe(0);
    expect(await answers(agent)).toBe("2.0.0");
    // The one switch that was asked for: an election stops and starts nothing.
    await until("1.0.0 was drained", async () => new RegExp(`"process-stopped".*"pid":${pid}`).test(await agent.log()));
    expect((await agent.log()).match(/"process-started"/g)).toHaveLength(2);
  });

  it("a revoked token is held and reported", async () => {
    const consul = await ownConsul({ acl: true });
    const token = await consul.createToken('key_prefix "rollpin/" { policy = "write" } session_prefix "" { policy = "write" } service_prefix "" { policy = "write" } agent_prefix "" { policy = "read" } node_prefix "" { policy = "read" }');
    // A parked query outlives its token: the revocation is seen when the query ends, so it is woken below.
    const agent = await pinned(consul, "revoked", token);
    const { pid } = (await agent.state()).record;
    await consul.revokeToken(token);
    await consul.kv.put("rollpin/desired/revoked/pin", "2.0.0");
    await until("held as denied", async () => (await agent.state()).record.reason?.code === "denied", { deadlineMs: 45_000 });
    expect((await agent.state()).record).toMatchObject({ status: "held", version: "1.0.0", pid });
    expect(await answers(agent)).toBe("1.0.0");
  });

  it("a token that may not read desired state sees emptiness, and holds", async () => {
    const consul = await ownConsul({ acl: true });
    const rules = (desired: string) => `key_prefix "rollpin/" { policy = "write" } ${desired} session_prefix "" { policy = "write" } service_prefix "" { policy = "write" } agent_prefix "" { policy = "read" } node_prefix "" { policy = "read" }`;
    const full = await consul.createToken(rules(""));
    const blind = await consul.createToken(rules('key_prefix "rollpin/desired/" { policy = "deny" }'));
    const agent = await pinned(consul, "blind", full);
    const { pid } = (await agent.state()).record;
    await agent.stop();
    await appendFile(`${agent.folder}/rollpin.yaml`, `consul: { token: "${blind}" }\n`);
    await agent.start();
    await until("held as denied", async () => (await agent.state()).record.reason?.code === "denied");
    expect((await agent.state()).record).toMatchObject({ version: "1.0.0", pid });
    await until("its record says so", async () => ((await consul.kv.get("rollpin/instances/blind/blind-1"))?.toString() ?? "").includes('"denied"'));
  });
});
