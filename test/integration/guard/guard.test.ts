/** The guard in real agents, on a real Consul with ACLs: from a bad release to the good one, without a person. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import { shapes } from "../../../cli/output/shapes.ts";
import { freePorts } from "../../../core/free-ports.ts";
import { hearWebhook } from "../../support/hear-webhook.ts";
import { historyOf } from "../../support/history.ts";
import { type TestAgent, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { expectExit, flat, processYaml, registered, runs } from "../stories/story.ts";

const { consul, start } = await ownConsul({ acl: true });
const node = await consul.nodeName();
const pager = await hearWebhook();
afterAll(() => pager.close());

const GUARD = "sessionTtl: 10s\nguard: { tokenFile: ./guard-token }\n";
const RELEASES = { "1.0.0": "good.js", "2.0.0": "exits-at-once.js", "3.0.0": "exits-at-once.js" };
const POLICY = "every: 500ms\nsignals: {health: {health: {}}}\nstrategy: [{when: [health], do: rollback}]\n";

const manage = (...words: readonly string[]) => expectExit(0, words, { consul: consul.address, token: consul.managementToken });

/** An instance whose agent may not write a pin, with a guard's token beside. */
async function guarded(service: string, instance = `${service}-1`): Promise<TestAgent> {
  const token = await consul.createToken(hclOf(aclRulesOf("agent", { prefix: "rollpin", service, instance, node })));
  const guardToken = await consul.createToken(hclOf(aclRulesOf("guard", { prefix: "rollpin", service })));
  return start({ service, instance, token, releases: RELEASES, files: { "guard-token": `${guardToken}\n` }, yaml: processYaml(GUARD) });
}

/** Runs 1.0.0, which a person called good. */
async function good(service: string, ...agents: readonly TestAgent[]): Promise<void> {
  await registered(consul, service, ...Object.keys(RELEASES));
  await manage("pin", service, "1.0.0", "--yes");
  await manage("release", "clear", service, "1.0.0", "--good", "--yes");
  for (const agent of agents) await runs(agent, "1.0.0");
}

const explained = async (service: string, ...more: readonly string[]) => z.parse(shapes.guard, JSON.parse((await manage("guard", "explain", service, ...more, "-o", "json")).stdout));
const pinOf = async (service: string): Promise<string | undefined> => (await consul.kv.get(`rollpin/desired/${service}/pin`))?.trim();

describe("a guarded service", () => {
  it("goes back by itself from a release that doesn't come up, once, and says why; then the brake", { timeout: 120_000 }, async () => {
    const service = "shop";
    const agent = await guarded(service);
    await good(service, agent);
    await manage("policy", "set", service, "--text", `${POLICY}brake: {rollbacks: 1, per: 1h}\n`, "--yes");
    await until("it guards", async () => (await explained(service)).leader === `${service}-1`);
    await manage("pin", service, "2.0.0", "--yes", "--no-wait");
    await until("it went back", async () => (await pinOf(service)) === "1.0.0");
    await runs(agent, "1.0.0");
    const { action } = await explained(service);
    expect(action).toMatchObject({ deed: "rollback", outcome: "done", by: `${service}-1`, cause: "stable:2.0.0@2", suspect: { version: "2.0.0", baseline: "1.0.0" }, readings: { health: { says: "bad" } } });
    const history = await historyOf(consul, service);
    expect(history.filter(({ by }) => by === "guard")).toMatchObject([{ revision: 3, kind: "rollback", plan: action?.plan }]);
    expect(flat((await manage("guard", "explain", service, "1")).stdout)).toContain("2.0.0: the guard acted (shop: named: roll back stable from 2.0.0 to 1.0.0");
    await manage("pin", service, "3.0.0", "--yes", "--no-wait");
    await until("the brake is on", async () => (await explained(service)).state?.latched !== undefined);
    expect(await pinOf(service)).toBe("3.0.0");
    expect(flat((await manage("status", service)).stdout)).toContain("the guard's brake is on");
    await manage("guard", "resume", service, "--yes");
    await until("it went back again", async () => (await pinOf(service)) === "1.0.0");
    expect(await readFile(join(agent.folder, "agent.log"), "utf8")).toContain('"event":"guard-action"');
  });

  it("is guarded by another when the first is killed, and a cause is acted on once", { timeout: 120_000 }, async () => {
    const service = "pair";
    const agents = [await guarded(service, "pair-1"), await guarded(service, "pair-2")];
    await good(service, ...agents);
    await manage("policy", "set", service, "--text", POLICY, "--yes");
    const leader = await until("one guards", async () => (await explained(service)).leader ?? undefined);
    const [dies, lives] = leader === "pair-1" ? agents : agents.toReversed();
    await dies?.kill();
    await manage("pin", service, "2.0.0", "--yes", "--no-wait");
    await until("the other guards, and went back", async () => (await pinOf(service)) === "1.0.0", { deadlineMs: 60_000 });
    const after = await explained(service);
    expect(after.leader).toBe(lives?.instance);
    expect((await historyOf(consul, service)).filter(({ by }) => by === "guard")).toHaveLength(1);
  });

  it("is guarded from a host of its own, by every policy that there is, which tells people and can be watched", { timeout: 120_000 }, async () => {
    const service = "remote";
    const token = await consul.createToken(hclOf(aclRulesOf("agent", { prefix: "rollpin", service, instance: "remote-1", node })));
    const agent = await start({ service, token, releases: RELEASES, yaml: processYaml() });
    await good(service, agent);
    await manage("policy", "set", service, "--text", POLICY, "--yes");
    const file = join(agent.folder, "guard.yaml");
    const [port = 0] = await freePorts(1);
    await writeFile(file, `name: watchtower\nsessionTtl: 10s\nlisten: 127.0.0.1:${port}\nguard: {notify: [{webhook: "${pager.url}"}]}\n`);
    const ask = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    const stop = new AbortController();
    const guardToken = await consul.createToken(hclOf(aclRulesOf("guard", { prefix: "rollpin", service })));
    const guarding = rollpin(["agent", "--guard-only", "-c", file], { consul: consul.address, token: guardToken, kill: stop.signal });
    try {
      await until("it guards", async () => (await explained(service)).leader === "watchtower");
      await manage("pin", service, "2.0.0", "--yes", "--no-wait");
      await until("it went back", async () => (await pinOf(service)) === "1.0.0");
      expect((await explained(service)).action).toMatchObject({ by: "watchtower", outcome: "done" });
      await until("it has told somebody", async () => (await ask("/metrics")).includes('result="told"'));
      expect(pager.heard).toMatchObject([{ kind: "guard-action", service, deed: "rollback", outcome: "done" }]);
      const lines = (await ask("/metrics")).split("\n");
      expect(lines).toEqual(expect.arrayContaining(['rollpin_agent_guards{service="remote"} 1', 'rollpin_agent_guard_actions_total{service="remote",action="rollback done"} 1', `rollpin_agent_guard_notifications_total{target="${new URL(pager.url).host}",result="told"} 1`, "rollpin_agent_session_alive 1"]));
      expect(lines.some((line) => /^rollpin_agent_guard_looks_total\{service="remote"\} [1-9]/.test(line))).toBe(true);
      expect([await ask("/healthz"), await ask("/readyz")]).toEqual(["ok\n", "ready\n"]);
    } finally {
      stop.abort();
      expect((await guarding).stderr).toContain("guard-action");
    }
  });

  it("says what is wrong with a policy that a hand broke, and goes by the last good one", { timeout: 120_000 }, async () => {
    const service = "broken";
    const agent = await guarded(service);
    await good(service, agent);
    await manage("policy", "set", service, "--text", `${POLICY}dryRun: true\n`, "--yes");
    await until("it guards", async () => (await explained(service)).leader === agent.instance);
    await consul.kv.put(`rollpin/policies/${service}`, "signals: 1\n");
    await until("it says so", async () => (await explained(service)).state?.policyFault !== undefined);
    await manage("pin", service, "2.0.0", "--yes", "--no-wait");
    await until("it says what it would have done", async () => (await explained(service)).action?.outcome === "dry-run");
    expect(await pinOf(service)).toBe("2.0.0");
    expect(flat((await manage("status", service)).stdout)).toContain("the last good one is in force");
  });
});
