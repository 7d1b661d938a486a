import { afterAll, beforeAll, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { guidePolicy } from "../../support/guide-policy.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, processYaml, registered } from "../stories/story.ts";

const SERVICE = "frugal";

let consul: ConsulServer;
let node = "";
let agents: TestAgent[] = [];

beforeAll(async () => {
  consul = await startConsul({ acl: true });
  node = await consul.nodeName();
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.remove()));
  await consul.stop();
});

const policyOf = (heading: string): string => guidePolicy(heading, { service: SERVICE, node });

async function agentOf(number: number, rules: string): Promise<TestAgent> {
  const instance = `${SERVICE}-${number}`;
  const token = await consul.createToken(rules.replaceAll(`${SERVICE}-1`, instance));
  const agent = await startAgent({ consul: consul.address, token, service: SERVICE, instance, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, yaml: processYaml() });
  agents.push(agent);
  return agent;
}

const operate = (code: number, ...words: readonly string[]) => expectExit(code, [...words, "--yes"], { consul: consul.address, token: consul.managementToken });

it("the policies of an agent and of a pace are enough for taking turns, and without the second nothing moves and says why", { timeout: 180_000 }, async () => {
  const [one, two] = await Promise.all([agentOf(1, policyOf("An agent") + policyOf("An agent of a service that has a pace")), agentOf(2, policyOf("An agent"))]);
  await registered(consul, SERVICE, "1.0.0", "2.0.0");
  await operate(0, "pin", SERVICE, "1.0.0");
  await operate(0, "pace", SERVICE, "50%");
  const { stdout } = await operate(5, "pin", SERVICE, "2.0.0");
  await until("the one that may has it", async () => (await one.state()).record.version === "2.0.0", { deadlineMs: 60_000 });
  expect(stdout).toContain(`${SERVICE}-2: held`);
  expect((await two.state()).record).toMatchObject({ version: "1.0.0", status: "held", reason: { code: "pace" } });
  expect((await one.state()).counters["consul_faults{denied}"] ?? 0).toBe(0);
  const state = JSON.parse((await consul.kv.get(`rollpin/locks/pace/${SERVICE}/state`)) ?? "{}") as { readonly moves?: Readonly<Record<string, { readonly size?: number }>> };
  expect(Object.values(state.moves ?? {}).map(({ size }) => size)).toEqual([2]);

  // At a pace of all nobody needs the right.
  await operate(0, "pace", SERVICE, "all");
  await until("the other one follows", async () => (await two.state()).record.version === "2.0.0", { deadlineMs: 60_000 });
});
