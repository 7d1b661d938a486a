/** A router of a real agent, in front of real services, going by what stands in a real Consul. */
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { FLIPS, IS_LONG, REQUESTS, ask, cutOver, openLoad, readRecord, route, startShops } from "./cut-over.ts";

let consul: ConsulServer;
let shops: readonly TestAgent[] = [];
beforeAll(async () => {
  consul = await startConsul();
  shops = await startShops(consul);
}, 120_000);
afterAll(async () => {
  await Promise.all(shops.map((shop) => shop.remove()));
  await consul.stop();
}, 60_000);

const edges: TestAgent[] = [];
afterEach(async () => {
  for (const edge of edges.splice(0)) {
    // Its record goes with it, so that the next may have its name.
    await edge.stop();
    await edge.remove();
  }
  await consul.kv.put("rollpin/desired/shop/routes", "{}");
});

async function startEdge(more = ""): Promise<TestAgent> {
  const edge = await startAgent({ consul: consul.address, service: "edge", releases: {}, yaml: `register: false\nrouters:\n  - {kind: proxy, upstream: shop, listen: "127.0.0.1:0"${more}}\n` });
  edges.push(edge);
  return edge;
}

async function portOf(edge: TestAgent): Promise<number> {
  return Number((await edge.state()).routers?.[0]?.listen?.split(":")[1]);
}

describe("a router of a real agent", () => {
  it(`${FLIPS} flips of the routes under load: no failed request, and none answered by the old version after the report`, { timeout: 180_000 + REQUESTS * 4 }, async () => {
    const port = await portOf(await startEdge());
    const { failures, summary, wrong } = await cutOver(consul, port);
    console.log(`= cut-over: ${summary}`);
    expect(failures).toEqual([]);
    expect(wrong).toEqual([]);
  });

  it(`keeps its port over a reload of the file${IS_LONG ? " and an upgrade of the agent" : ""}: no failed request`, { timeout: 120_000 }, async () => {
    const edge = await startEdge();
    const port = await portOf(edge);
    await route(consul, "1.0.0");
    const load = openLoad(port);
    await until("requests came", () => load.answers.length > 100);
    await appendFile(join(edge.folder, "rollpin.yaml"), "# read again\n");
    await until("the file was read again", async () => (await edge.log()).includes('"reload"'));
    const reloaded = load.answers.length;
    await until("requests came", () => load.answers.length > reloaded + 100);
    if (IS_LONG) await edge.upgrade();
    const upgraded = load.answers.length;
    await until("requests came", () => load.answers.length > upgraded + 100);
    await load.end();
    expect(load.failures).toEqual([]);
    // Its local HTTP is away for a moment while the file is read again.
    expect(await until("it says where it listens", () => portOf(edge))).toBe(port);
  });

  it("is waited for by a command that moves traffic, and shown by status", { timeout: 120_000 }, async () => {
    const edge = await startEdge();
    await route(consul, "pin");
    const ran = await rollpin(["pin", "shop", "2.0.0", "--yes", "-o", "json"], { consul: consul.address });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ receipt: { state: "complete", services: [{ routers: { "edge-1": { standing: "applied" } } }] } });
    expect((await ask(await portOf(edge))).version).toBe("2.0.0");
    const status = await rollpin(["status", "shop"], { consul: consul.address });
    expect(status.stdout).toContain("router edge-1: 100% to 2.0.0");
    expect(await edge.stop()).toBe(0);
    expect(await readRecord(consul)).toBeUndefined();
    const back = await rollpin(["pin", "shop", "1.0.0", "--yes"], { consul: consul.address });
    expect(back, back.stderr).toMatchObject({ code: 0 });
    expect(back.stdout + back.stderr).not.toContain("router");
  });

  it("leaves no record that a receipt would wait for where its file asks for it no more", { timeout: 120_000 }, async () => {
    const edge = await startEdge(", name: edge-old}\n  - {kind: proxy, upstream: shop, listen: \"127.0.0.1:0\", name: edge-two");
    const shown = async (): Promise<readonly string[]> => (await consul.kv.list("rollpin/routers/shop/")).map(({ key }) => key);
    await until("both report", async () => (await shown()).length === 2);
    const path = join(edge.folder, "rollpin.yaml");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("edge-old", "edge-new").replace(/.*edge-two.*\n/, ""));
    expect(await until("one is another, one is gone", async () => (await shown()).join() === "rollpin/routers/shop/edge-new" && shown())).toHaveLength(1);
    const ran = await rollpin(["pin", "shop", "2.0.0", "--yes", "-o", "json"], { consul: consul.address });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ receipt: { state: "complete", services: [{ routers: { "edge-new": { standing: "applied" } } }] } });
    const back = await rollpin(["pin", "shop", "1.0.0", "--yes"], { consul: consul.address });
    expect(back, back.stderr).toMatchObject({ code: 0 });
  });

  it("goes by the routes of Consul, on with the last good ones where they are bad, and without Consul, also after a restart", { timeout: 120_000 }, async () => {
    const edge = await startEdge();
    await route(consul, "2.0.0");
    expect((await ask(await portOf(edge))).version).toBe("2.0.0");
    // At once: it is no matter whether the flip is in history yet.
    await consul.kv.put("rollpin/desired/shop/routes", "split: {2.0.0: -1}");
    const held = await until("it holds", async () => {
      const seen = await readRecord(consul);
      return seen?.status === "held" && seen;
    });
    expect(held.reason?.message).toMatch(/desired\/shop\/routes/);
    expect((await ask(await portOf(edge))).version).toBe("2.0.0");
    await route(consul, "2.0.0");
    await until("it is on disk", async () => (await edge.log()) !== "" && (await fileOf(edge)).includes("2.0.0"));
    await consul.pause();
    expect((await ask(await portOf(edge))).version).toBe("2.0.0");
    await edge.kill();
    await edge.start();
    const port = await until("it listens again", () => portOf(edge));
    expect((await ask(port)).version).toBe("2.0.0");
    consul.resume();
    await route(consul, "1.0.0");
    expect((await ask(port)).version).toBe("1.0.0");
  });
});

const fileOf = ({ folder }: TestAgent): Promise<string> => readFile(join(folder, "rollpin-state", "upstreams", "shop.json"), "utf8");
