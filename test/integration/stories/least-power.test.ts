import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { guidePolicy } from "../../support/guide-policy.ts";
import { historyOf } from "../../support/history.ts";
import { type Ran, type TestAgent, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, processYaml, registered, runs } from "./story.ts";

/** `npm run prove -- least-power`: an agent for each rule, and one and all of them have to miss something. */
const EACH_RULE = process.env["ROLLPIN_EACH_RULE"] !== undefined;

let consul: ConsulServer;
let node = "";
let agents: TestAgent[] = [];

beforeAll(async () => {
  consul = await startConsul({ acl: true });
  node = await consul.nodeName();
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.remove()));
  agents = [];
});
afterAll(() => consul.stop());

const policyOf = (heading: string, service = "checkout"): string => guidePolicy(heading, { service, node });
const agentPolicy = (service: string): string => policyOf("An agent", service);
const run = (code: number, token: string | undefined, ...words: string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address, token });

async function agentOf(service: string, rules: string): Promise<TestAgent> {
  const agent = await startAgent({ consul: consul.address, token: await consul.createToken(rules), service, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, yaml: processYaml() });
  agents.push(agent);
  return agent;
}

/** Calls that Consul denied this agent. */
const denials = async (agent: TestAgent): Promise<number> => (await agent.state()).counters["consul_faults{denied}"] ?? 0;

describe("the policy of an agent", () => {
  it("is enough for everything an agent does, under an operator's", async () => {
    const service = "frugal";
    const operator = await consul.createToken(policyOf("An operator"));
    const agent = await agentOf(service, agentPolicy(service));
    await registered(consul, service, "1.0.0", "2.0.0");
    await run(0, operator, "pin", service, "1.0.0", "--yes");
    await run(0, operator, "pin", service, "2.0.0", "--yes");
    // It sees for itself that clients are shown the new process: one that can't waits 2 s instead.
    await until("both were announced", async () => announcements(await agent.log()).length === 2);
    expect(Math.max(...announcements(await agent.log()))).toBeLessThan(2_000);
    await consul.kv.put(`rollpin/desired/${service}/pin`, "1.0.0");
    await until("the flip is in history", async () => (await historyOf(consul, service)).at(-1)?.by === "external");
    await runs(agent, "1.0.0");
    const [shown] = await consul.http.json<readonly { ServicePort: number }[]>(`/v1/catalog/service/${service}`);
    expect(shown?.ServicePort).toBe((await agent.state()).record.port);
    expect(await denials(agent)).toBe(0);
    expect(await agent.stop()).toBe(0);
    expect(await consul.kv.get(`rollpin/instances/${service}/${service}-1`)).toBeUndefined();
  });

  it("can't write what is none of an agent's business", async () => {
    const token = await consul.createToken(agentPolicy("frugal"));
    const put = async (key: string): Promise<number> => {
      const answer = await consul.http.ask(`/v1/kv/rollpin/${key}?cas=4711`, { method: "PUT", body: "2.0.0", token }).catch((error: Error) => error);
      return answer instanceof Error ? Number(/: (\d{3}) /.exec(answer.message)?.[1]) : answer.status;
    };
    const mayNot = ["desired/frugal/pin", "desired/frugal/pin.canary", "desired/frugal/config", "desired/frugal/routes", "desired/frugal/pace", "verdicts/frugal/2.0.0", "instances/frugal/frugal-2", "desired/other/pin", "desired/other/head", "releases/other/1.0.0", "history/other/0000000001", "meta/format"];
    expect(await Promise.all(mayNot.map(put))).toEqual(mayNot.map(() => 403));
    const may = ["desired/frugal/head", "releases/frugal/9.0.0", "history/frugal/0000000099", "instances/frugal/frugal-1"];
    expect(await Promise.all(may.map(put))).toEqual(may.map(() => 200));
    const refused = await run(6, token, "pin", "frugal", "2.0.0", "--yes");
    expect(flat(refused.stderr)).toMatch(/^consul: .*denies.*rollpin\/.*frugal.*CONSUL_HTTP_TOKEN/);
  });

  it.runIf(EACH_RULE)("has no rule that could go: without any of them something is missed", async () => {
    const rules = agentPolicy("lean").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(rules.length).toBe(10);
    const missed = await Promise.all(
      rules.map(async (rule, index) => {
        const service = `lean-${index}`;
        const agent = await agentOf(service, rules.filter((other) => other !== rule).join("\n").replaceAll("lean", service));
        return { rule, service, agent };
      }),
    );
    for (const { agent, rule, service } of missed) {
      for (const version of ["1.0.0", "2.0.0"]) await run(0, consul.managementToken, "release", "register", service, version);
      await run(0, consul.managementToken, "pin", service, "1.0.0", "--yes", "--no-wait");
      await consul.kv.put(`rollpin/desired/${service}/pin`, "2.0.0");
      if (rule.includes("/remembered/")) await loseHead(agent, service);
      await until(`something is missed without ${rule}`, async () => {
        if ((await denials(agent)) > 0) return true;
        if (rule.includes("/remembered/")) return false;
        const { record } = await agent.state();
        if (record.status === "held" && record.reason?.code !== "starting" && record.reason?.code !== "unanswered") return true;
        return announcements(await agent.log()).some((ms) => ms >= 2_000);
      });
      if (rule.includes("/remembered/")) await clearAway(agent, service);
    }
  });
});

/** What a Consul that was put back to an older state looks like: only then is that right needed. */
async function loseHead(agent: TestAgent, service: string): Promise<void> {
  await runs(agent, "2.0.0");
  await consul.http.ask(`/v1/kv/rollpin/desired/${service}/?recurse`, { method: "DELETE" });
}

/** Of a service without a head doctor would rightly complain. */
async function clearAway(agent: TestAgent, service: string): Promise<void> {
  await agent.stop();
  for (const folder of ["instances", "releases", "history"]) await consul.http.ask(`/v1/kv/rollpin/${folder}/${service}/?recurse`, { method: "DELETE" });
}

/** How long it took each time from a process being ready to Consul's catalog showing it, in milliseconds. */
function announcements(log: string): readonly number[] {
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  const events = lines.map((line) => JSON.parse(line) as { readonly event?: string; readonly port?: number; readonly time: string });
  return events.flatMap(({ event, port, time }) => {
    const ready = event === "process-announced" ? events.find((other) => other.event === "process-ready" && other.port === port) : undefined;
    return ready === undefined ? [] : [Date.parse(time) - Date.parse(ready.time)];
  });
}

describe("a token that only reads", () => {
  it("shows status, history and dry runs, and is denied all else with exit 6", async () => {
    const service = "looked-at";
    const agent = await agentOf(service, agentPolicy(service));
    await registered(consul, service, "1.0.0", "2.0.0");
    for (const version of ["1.0.0", "2.0.0"]) await run(0, consul.managementToken, "pin", service, version, "--yes");
    await runs(agent, "2.0.0");
    const reader = await consul.createToken(policyOf("Someone who looks"));
    expect(flat((await run(0, reader, "status", service)).stdout)).toContain("looked-at 2.0.0 1/1 2.0.0 x1");
    expect((await run(0, reader, "history", service)).stdout).toContain("2.0.0");
    expect((await run(0, reader, "rollback", service, "--dry-run")).stdout).toContain("dry run");
    const denied = await run(6, reader, "rollback", service, "--yes");
    expect(flat(denied.stderr)).toMatch(/consul: .*rollpin\/.*looked-at.*CONSUL_HTTP_TOKEN/);
    expect(await consul.kv.get(`rollpin/desired/${service}/pin`)).toBe("2.0.0");
  });

  it("doctor names what a token may not do", async () => {
    const nothing = await run(3, await consul.createToken('key_prefix "elsewhere/" { policy = "read" }'), "doctor");
    expect(flat(nothing.stdout)).toMatch(/may not read rollpin\/desired\/, .*rollpin\/instances\/.*key_prefix "rollpin\/" \{ policy = "read" \}/);
    const half = await run(3, await consul.createToken('key_prefix "rollpin/" { policy = "read" }\nkey_prefix "rollpin/desired/" { policy = "write" }'), "doctor");
    expect(flat(half.stdout)).toMatch(/may write rollpin\/desired\/ but not .*rollpin\/verdicts\//);
    const unknown = await run(3, "11111111-2222-3333-4444-555555555555", "doctor");
    expect(flat(unknown.stdout)).toContain("Consul does not know the token");
    expect(flat(unknown.stdout)).not.toContain("enough for status");
    expect(unknown.stdout + unknown.stderr).not.toContain("11111111-2222");
    await run(0, await consul.createToken(policyOf("An operator")), "doctor");
  });

  it("no token at all: the fleet is not shown as empty", async () => {
    const ran = await run(6, undefined, "status");
    expect(flat(ran.stderr)).toMatch(/consul: .*CONSUL_HTTP_TOKEN/);
  });
});
