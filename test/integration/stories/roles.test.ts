/** The policies that `rollpin doctor --acl-policy` prints for people and leaders, each rule taken away in turn. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AclRule, aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import { digestOf } from "../../../core/decide/digest.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Ran, type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, runs } from "./story.ts";

let consul: ConsulServer;
let node = "";
const agents: TestAgent[] = [];

beforeAll(async () => {
  consul = await startConsul({ acl: true });
  node = await consul.nodeName();
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.remove()));
  await consul.stop();
});

const scope = { prefix: "rollpin", service: "" };
const manage = (...words: readonly string[]): Promise<Ran> => expectExit(0, words, { consul: consul.address, token: consul.managementToken });
const as = (token: string, ...words: readonly string[]): Promise<Ran> => rollpin(words, { consul: consul.address, token });

/** A Consul that was put back to before this service was known, with what an agent left of it. */
async function leaveRemembered(service: string): Promise<void> {
  const state = { pins: { stable: "1.0.0" } };
  await consul.kv.put(`rollpin/remembered/${service}/${digestOf(state)}`, JSON.stringify({ revision: 4, state, by: `${service}-1`, at: "2026-03-01T03:12:45.120Z" }));
}

const LEFT = "shop.1-aaaaaa";

/** An operation that is done but for its end. */
async function leaveOperation(): Promise<void> {
  const record = { id: LEFT, kind: "pin", by: "test", at: "2026-03-01T03:12:45.120Z", fingerprint: "", services: { shop: 1 }, steps: [{ kind: "transaction", about: "shop" }], phase: "releasing", next: 1, marked: 0 };
  await consul.kv.put(`rollpin/operations/${LEFT}`, JSON.stringify(record));
  await consul.kv.put(`rollpin/operations/${LEFT}/steps/0000`, JSON.stringify({ kind: "transaction", services: [] }));
}

async function leaveBrakeOn(service: string): Promise<void> {
  await consul.kv.put(`rollpin/guard/${service}/state`, JSON.stringify({ actions: 1, changes: [], dealt: [], latched: { at: "2026-03-01T03:12:45.120Z", why: "2 changes were made", action: 1 } }));
}

async function registerInCatalog(service: string): Promise<void> {
  await consul.http.json<unknown>("/v1/catalog/register", { method: "PUT", body: { Node: "elsewhere", Address: "10.9.9.9", Service: { Service: service, Port: 80, Meta: { version: "1.0.0" } } } });
}

describe("an operator", () => {
  const rules = aclRulesOf("operator", scope);
  /** For each rule: a command that needs it, and how the answer names it. */
  const NEEDS: Readonly<Record<string, { readonly words: readonly string[]; readonly code: number; readonly says: string }>> = {
    'key_prefix "rollpin/"': { words: ["status", "shop"], code: 6, says: 'the token\'s policy lacks key_prefix "rollpin/instances/shop/" { policy = "read" }' },
    'key_prefix "rollpin/desired/"': { words: ["pin", "shop", "2.0.0", "--yes", "--no-wait"], code: 6, says: 'the token\'s policy lacks key "rollpin/desired/shop/head" { policy = "write" }' },
    'key_prefix "rollpin/history/"': { words: ["rollback", "shop", "--to", "2.0.0", "--yes", "--no-wait"], code: 6, says: 'the token\'s policy lacks key "rollpin/history/shop/0000000002" { policy = "write" }' },
    'key_prefix "rollpin/verdicts/"': { words: ["release", "condemn", "shop", "2.0.0", "--yes"], code: 6, says: 'the token\'s policy lacks key "rollpin/verdicts/shop/2.0.0" { policy = "write" }' },
    'key_prefix "rollpin/releases/"': { words: ["release", "register", "shop", "3.0.0"], code: 6, says: 'the token\'s policy lacks key "rollpin/releases/shop/3.0.0" { policy = "write" }' },
    'key_prefix "rollpin/remembered/"': { words: ["restore", "reassert", "lost", "--yes", "--no-wait"], code: 6, says: 'the token\'s policy lacks key "rollpin/remembered/lost/' },
    'key_prefix "rollpin/operations/"': { words: ["operation", "resume", LEFT, "--yes", "--no-wait"], code: 6, says: `the token's policy lacks key "rollpin/operations/${LEFT}" { policy = "write" }` },
    'key_prefix "rollpin/locks/operations/"': { words: ["operation", "resume", LEFT, "--yes", "--no-wait"], code: 6, says: `the token's policy lacks key "rollpin/locks/operations/${LEFT}" { policy = "write" }` },
    'session_prefix ""': { words: ["operation", "resume", LEFT, "--yes", "--no-wait"], code: 6, says: "Consul denies session create" },
    'key "rollpin/meta/history"': { words: ["history", "--keep", "500", "--yes"], code: 6, says: 'the token\'s policy lacks key "rollpin/meta/history" { policy = "write" }' },
    'key_prefix "rollpin/policies/"': { words: ["policy", "set", "shop", "--text", "signals: {}", "--yes"], code: 6, says: 'the token\'s policy lacks key "rollpin/policies/shop" { policy = "write" }' },
    'key_prefix "rollpin/guard/"': { words: ["guard", "resume", "shop", "--yes"], code: 6, says: 'the token\'s policy lacks key "rollpin/guard/shop/state" { policy = "write" }' },
    'key_prefix "rollpin/rollouts/"': { words: ["rollout", "start", "stepped", "2.0.0", "--yes"], code: 6, says: 'the token\'s policy lacks key "rollpin/rollouts/stepped" { policy = "write" }' },
    'service_prefix ""': { words: ["adopt", "found", "--yes", "--no-wait"], code: 3, says: 'a token without service "found" { policy = "read" } and node_prefix "" { policy = "read" } is shown none' },
    'node_prefix ""': { words: ["adopt", "found", "--yes", "--no-wait"], code: 3, says: 'a token without service "found" { policy = "read" } and node_prefix "" { policy = "read" } is shown none' },
  };
  const nameOf = ({ name, resource }: AclRule): string => `${resource} "${name}"`;

  beforeAll(async () => {
    for (const service of ["shop", "stepped"]) for (const version of ["1.0.0", "2.0.0"]) await manage("release", "register", service, version);
    await manage("policy", "set", "stepped", "--text", "signals: {health: {health: {}}}", "--yes");
    await manage("release", "register", "lost", "1.0.0");
    await manage("pin", "shop", "1.0.0", "--yes", "--no-wait");
    await consul.http.ask("/v1/kv/rollpin/desired/lost/?recurse", { method: "DELETE" });
    await leaveRemembered("lost");
    await leaveOperation();
    await leaveBrakeOn("shop");
    await registerInCatalog("found");
  });

  it("has no rule that could go: without it a command fails, changes nothing and names it", { timeout: 120_000 }, async () => {
    expect(rules.map(nameOf).sort()).toEqual(Object.keys(NEEDS).sort());
    for (const rule of rules) {
      const { code, says, words } = NEEDS[nameOf(rule)] ?? { code: 0, says: "", words: [] };
      const ran = await as(await consul.createToken(hclOf(rules.filter((other) => other !== rule))), ...words);
      expect({ code: ran.code, said: flat(ran.stderr) }, nameOf(rule)).toEqual({ code, said: expect.stringContaining(says) });
    }
    expect(await consul.kv.get("rollpin/desired/shop/pin")).toBe("1.0.0");
    expect(await consul.kv.list("rollpin/verdicts/shop/")).toEqual([]);
  });

  it("can do everything with all of them, and nothing in the agents' place", { timeout: 120_000 }, async () => {
    const token = await consul.createToken(hclOf(rules));
    // Nobody runs these, so nobody applies them: 5 where that is looked at.
    for (const { words } of Object.values(NEEDS)) {
      const ran = await as(token, ...words.filter((word) => word !== "2.0.0" || words[0] !== "release"), ...(words[1] === "condemn" ? ["1.0.0"] : []));
      expect([0, 5], `${words.join(" ")}\n${ran.stderr}`).toContain(ran.code);
    }
    expect(await consul.kv.list("rollpin/remembered/lost/")).toEqual([]);
    for (const key of ["instances/shop/shop-1", "locks/actuator/shop/stable", "locks/pace/shop/state", "meta/format"]) {
      await expect(consul.http.ask(`/v1/kv/rollpin/${key}`, { method: "PUT", body: "x", token }), key).rejects.toThrow(/403/);
    }
  });
});

describe("someone who looks", () => {
  it("sees nothing without the one rule, and is told which it is", async () => {
    const none = await as(await consul.createToken('key_prefix "elsewhere/" { policy = "read" }'), "history", "shop");
    expect({ code: none.code, said: flat(none.stderr) }).toEqual({ code: 6, said: expect.stringMatching(/policy lacks key_prefix "rollpin\/[a-z]+\/shop\/" \{ policy = "read" \}/) });
    const all = await as(await consul.createToken(hclOf(aclRulesOf("reader", scope))), "history", "shop");
    expect(all.code, all.stderr).toBe(0);
  });
});

describe("an agent that acts for the whole service", () => {
  it("acts with the actuator's rule, and without it says which it lacks", { timeout: 120_000 }, async () => {
    const service = "deployed";
    const asAgent = (instance: string) => hclOf(aclRulesOf("agent", { prefix: "rollpin", service, instance, node }));
    const yaml = `actuator: service\nregister: false\nappliers:\n  - exec: { command: ["true"] }\n`;
    const start = async (instance: string, more: string): Promise<TestAgent> => {
      const agent = await startAgent({ consul: consul.address, token: await consul.createToken(`${asAgent(instance)}\n${more}`), service, instance, releases: { "1.0.0": "good.js" }, yaml });
      agents.push(agent);
      return agent;
    };
    const without = await start("deployed-1", "");
    await until("1.0.0 is registered", async () => (await consul.kv.get(`rollpin/releases/${service}/1.0.0`)) !== undefined);
    await manage("pin", service, "1.0.0", "--yes", "--no-wait");
    await until("it says what it lacks, and ran nothing", async () => {
      const { reason, version } = (await without.state()).record;
      return version === undefined && /lacks key(_prefix)? "rollpin\/locks\/actuator\/deployed\//.test(reason?.message ?? "");
    });
    await runs(await start("deployed-2", hclOf(aclRulesOf("actuator", { prefix: "rollpin", service }))), "1.0.0");
  });
});

describe("an agent that runs hooks", () => {
  it("does so with its role's rules, and without them says what it lacks", { timeout: 120_000 }, async () => {
    const service = "migrated";
    const yaml = "register: false\ntrack: data\nhooks: {migrate: {down: {command: [sh, -c, 'echo $ROLLPIN_SCHEMA_FROM to $ROLLPIN_SCHEMA_TO']}}}\n";
    const start = async (instance: string, more: string): Promise<TestAgent> => {
      const asAgent = hclOf(aclRulesOf("agent", { prefix: "rollpin", service, instance, node }));
      const agent = await startAgent({ consul: consul.address, token: await consul.createToken(`${asAgent}\n${more}`), service, instance, releases: {}, yaml, files: { "1.json": '{"version": "1.0.0", "schema": {"reads": "<8", "writes": 7}}', "2.json": '{"version": "2.0.0", "schema": {"reads": ">=8", "writes": 8}}' } });
      agents.push(agent);
      return agent;
    };
    const without = await start("migrated-1", "");
    await until("it says what it lacks", async () => /the hooks of migrated are not run by this agent: .*lacks key(_prefix)? \\"rollpin\/locks\/hooks\//.test(await without.log()));
    for (const major of ["1", "2"]) {
      await manage("release", "register", service, `${major}.0.0`, "--file", join(without.folder, `${major}.json`));
      await manage("pin", service, `${major}.0.0`, "--yes", "--no-wait");
    }
    const operator = await consul.createToken(hclOf(aclRulesOf("operator", scope)));
    expect(flat((await as(operator, "rollback", service, "--with-schema", "--yes", "--no-wait")).stderr)).toContain("refused (hooks): no agent that lives may run hooks.migrate.down");
    const data = await start("migrated-2", hclOf(aclRulesOf("hooks", { prefix: "rollpin", service })));
    await until("it leads", async () => (await data.log()).includes("this agent runs the hooks of migrated"));
    const rolled = await as(operator, "rollback", service, "--with-schema", "--yes", "--no-wait");
    expect(rolled.code, rolled.stderr).toBe(0);
    expect(rolled.stderr).toContain("migration 8 of migrated (8 to 7): migrated-2 has done it: 8 to 7");
    expect(await consul.kv.get(`rollpin/desired/${service}/pin`)).toBe("1.0.0");
  });
});
