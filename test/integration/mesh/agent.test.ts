/** Real agents keep the mesh of the service that they belong to, one of them at a time, with no more rights than the guide gives. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { readChain } from "./chain.ts";

/** `npm run prove -- mesh` asks for 200. */
const FLIPS = Number(process.env["ROLLPIN_MESH_FLIPS"] ?? 5);
const SERVICE = "shop";
let consul: ConsulServer;
let shops: readonly TestAgent[] = [];
const manage = (...words: string[]) => rollpin(words, { consul: consul.address, token: consul.managementToken });

beforeAll(async () => {
  consul = await startConsul({ acl: true });
  await consul.http.ask("/v1/config", { method: "PUT", body: JSON.stringify({ Kind: "service-defaults", Name: SERVICE, Protocol: "http" }) });
  const node = await consul.nodeName();
  const start = async (instance: string, more: string): Promise<TestAgent> => {
    const rules = [...aclRulesOf("agent", { prefix: "rollpin", service: SERVICE, instance, node }), ...aclRulesOf("mesh", { prefix: "rollpin", service: SERVICE })];
    // Two policies of one token: the wider rule counts.
    const widest = new Map(rules.toSorted((a, b) => (a.policy < b.policy ? -1 : 1)).map((rule) => [`${rule.resource} ${rule.name}`, rule]));
    const token = await consul.createToken(hclOf([...widest.values()]));
    return startAgent({ consul: consul.address, token, service: SERVICE, instance, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, yaml: `${more}routers: [{kind: mesh, upstream: ${SERVICE}}]\nappliers:\n  - process: { command: [node, "./releases/{{version}}/server.js", "{{port}}"], drain: 50ms }\n` });
  };
  shops = await Promise.all([start("shop-1", ""), start("shop-2", "track: canary\n")]);
  await until("both releases are registered", async () => (await consul.kv.get(`rollpin/releases/${SERVICE}/2.0.0`)) !== undefined);
  for (const words of [["1.0.0"], ["2.0.0", "--track", "canary"]]) {
    const ran = await manage("pin", SERVICE, ...words, "--yes");
    expect(ran, `${ran.stdout}${ran.stderr}`).toMatchObject({ code: 0 });
  }
}, 120_000);
afterAll(async () => {
  await Promise.all(shops.map((shop) => shop.remove()));
  await consul.stop();
}, 60_000);

/** By instance. */
const shows = (wanted: Readonly<Record<string, number>>) =>
  until(`the chain shows ${JSON.stringify(wanted)}`, async () => {
    const chain = await readChain(consul, SERVICE);
    return Object.keys(wanted).length === Object.keys(chain).length && Object.entries(wanted).every(([id, part]) => chain[id] === part);
  }, { everyMs: 5 });

async function lock(): Promise<{ readonly leader: string; readonly session: string } | undefined> {
  const [entry] = await consul.http.json<readonly { readonly Session?: string; readonly Value: string }[]>(`/v1/kv/rollpin/locks/mesh/${SERVICE}`);
  const { leader } = JSON.parse(Buffer.from(entry?.Value ?? "", "base64").toString()) as { readonly leader: string };
  return entry?.Session === undefined ? undefined : { leader, session: entry.Session };
}

const route = (text: string) => consul.kv.put(`rollpin/desired/${SERVICE}/routes`, text);

describe("the mesh under real agents", () => {
  it("follows a command, whose receipt counts it as one router", { timeout: 120_000 }, async () => {
    await shows({ "shop-1": 1 });
    const ran = await manage("route", "shift", SERVICE, "2.0.0", "25%", "--yes", "-o", "json");
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ receipt: { state: "complete", services: [{ routers: { mesh: { standing: "applied" } } }] } });
    await shows({ "shop-1": 0.75, "shop-2": 0.25 });
    const led = await lock();
    expect((await manage("status", SERVICE)).stdout).toContain(`router mesh, led by ${led?.leader}: `);
    for (const shop of shops) {
      const own = shop.instance === led?.leader;
      await until(`${shop.instance} shows who leads`, async () => (await shop.state()).routers?.[0]?.status === (own ? "in-sync" : "stands-by"));
      expect((await shop.state()).routers).toMatchObject([{ upstream: SERVICE, name: "mesh", lead: { own, leader: led?.leader } }]);
    }
  });

  it(`follows ${FLIPS} flips by hand`, { timeout: 120_000 + FLIPS * 5_000 }, async () => {
    const took: number[] = [];
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const began = systemClock.monotonic();
      await route(`split: {${flip % 2 === 0 ? "2.0.0" : "1.0.0"}: 100}`);
      await shows(flip % 2 === 0 ? { "shop-2": 1 } : { "shop-1": 1 });
      took.push(systemClock.monotonic() - began);
    }
    const sorted = took.toSorted((a, b) => a - b);
    const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0).toFixed(1);
    console.log(`= mesh: ${FLIPS} flips by hand, until the discovery chain and the catalog showed them: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  });

  it("is said to be led by nobody where no agent may, and no receipt counts it as told", { timeout: 120_000 }, async () => {
    const service = "till";
    const rules = [...aclRulesOf("agent", { prefix: "rollpin", service: "edge", instance: "edge-1" }), ...aclRulesOf("mesh", { prefix: "rollpin", service }).filter(({ name }) => !name.includes("locks/mesh"))];
    const edge = await startAgent({ consul: consul.address, token: await consul.createToken(hclOf(rules)), service: "edge", instance: "edge-1", releases: {}, yaml: `register: false\nrouters: [{kind: mesh, upstream: ${service}}]\n` });
    try {
      expect(await manage("release", "register", service, "1.0.0")).toMatchObject({ code: 0 });
      const status = await until("status says so", async () => {
        const { stdout } = await manage("status", service);
        return stdout.includes("led by nobody") ? stdout : undefined;
      });
      expect(status).toContain("router mesh, led by nobody");
      expect(status.replaceAll(/\s+/g, " ")).toContain('the token\'s policy lacks key_prefix "rollpin/locks/mesh/"');
      const ran = await manage("route", "set", service, "--text", "split: {pin: 100}", "--yes", "--override", "-o", "json");
      expect(ran, `${ran.stdout}${ran.stderr}`).toMatchObject({ code: 5 });
      expect(JSON.parse(ran.stdout)).toMatchObject({ receipt: { services: [{ routers: { mesh: { standing: "lagging", why: expect.stringContaining("no agent is seen to lead") as string } } }] } });
    } finally {
      await edge.remove();
    }
  });

  it("is named where a document asks for what it can't", async () => {
    const document = join(shops[0]?.folder ?? "", "sticky.yaml");
    await writeFile(document, "sticky: {cookie: session}\n");
    const ran = await manage("route", "set", SERVICE, document, "--dry-run");
    expect(`${ran.stdout}${ran.stderr}`).toContain('mesh: mesh can\'t do "sticky"');
  });

  it("goes on when the leader is killed", { timeout: 120_000 }, async () => {
    await route("split: {1.0.0: 100}");
    await shows({ "shop-1": 1 });
    const led = await lock();
    const leader = shops.find(({ instance }) => instance === led?.leader);
    if (leader === undefined || led === undefined) throw new Error("nobody leads");
    await leader.kill();
    // Consul would end the session after up to twice its TTL.
    await consul.http.ask(`/v1/session/destroy/${led.session}`, { method: "PUT" });
    await route("split: {2.0.0: 100}");
    await shows({ "shop-2": 1 });
    expect((await lock())?.leader).not.toBe(leader.instance);
    await leader.start();
    await route("split: {1.0.0: 40, 2.0.0: 60}");
    await shows({ "shop-1": 0.4, "shop-2": 0.6 });
  });
});
