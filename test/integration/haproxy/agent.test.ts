/** A real HAProxy under a real agent, in front of real services, going by what stands in a real Consul. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type HaproxyServer, createHaproxy, haproxyProgram } from "../../support/haproxy-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { FLIPS, REQUESTS, ask, cutOver, readRecord, route, serves, startShops } from "../routers/cut-over.ts";

let consul: ConsulServer;
let haproxy: HaproxyServer;
let agents: readonly TestAgent[] = [];

async function startEdge(instance: string): Promise<TestAgent> {
  const router = { ...(await exampleRouter()), upstream: "shop", ...haproxy.settings, check: haproxy.check, reload: haproxy.reload };
  const edge = await startAgent({ consul: consul.address, service: "edge", instance, releases: {}, yaml: `register: false\nrouters: ${JSON.stringify([router])}\n` });
  agents = [...agents, edge];
  return edge;
}

describe.skipIf(haproxyProgram === undefined)("HAProxy under a real agent", () => {
  beforeAll(async () => {
    haproxy = await createHaproxy();
    [consul] = await Promise.all([startConsul(), haproxy.start()]);
    agents = await startShops(consul);
    await startEdge("edge-1");
  }, 300_000);
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.remove()));
    await Promise.all([consul.stop(), haproxy.remove()]);
  }, 60_000);

  it(`${FLIPS} flips of the routes under load: no failed request, and none answered by the old version after the report`, { timeout: 180_000 + REQUESTS * 4 }, async () => {
    const { failures, summary, wrong } = await cutOver(consul, haproxy.port);
    console.log(`= cut-over, HAProxy: ${summary}`);
    expect(failures).toEqual([]);
    expect(wrong).toEqual([]);
  });

  it("is waited for by a command that moves traffic, and is shown with what it served", { timeout: 120_000 }, async () => {
    await route(consul, "pin");
    const ran = await rollpin(["route", "shift", "shop", "2.0.0", "100%", "--yes", "-o", "json"], { consul: consul.address });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ receipt: { state: "complete", services: [{ routers: { "edge-1": { standing: "applied" } } }] } });
    await serves(consul, "2.0.0");
    expect(await readRecord(consul)).toMatchObject({ kind: "haproxy", listen: haproxy.settings.listen });
  });

  it("holds while HAProxy is away, says why, and goes on when it is back", { timeout: 120_000 }, async () => {
    await haproxy.kill();
    const held = await until("it is told", async () => {
      const record = await readRecord(consul);
      return record?.status === "held" && record;
    });
    expect(held.reason).toMatchObject({ code: "haproxy-unreachable" });
    await haproxy.start();
    await route(consul, "1.0.0");
  });

  it("is one agent's: another holds and says so, neither undoes what the other does, and it goes on where the first is killed", { timeout: 120_000 }, async () => {
    const first = agents.find(({ instance }) => instance === "edge-1");
    const second = await startEdge("edge-2");
    const seen = await until("it holds", async () => {
      const router = (await second.state()).routers?.[0];
      return router?.status === "held" && router;
    });
    expect(seen.reason).toMatchObject({ code: "haproxy-taken", message: expect.stringContaining(`another agent (pid ${first?.pid()}) steers rollpin.shop`) as string });
    await route(consul, "2.0.0");
    expect((await ask(haproxy.port)).version).toBe("2.0.0");
    expect((await second.state()).routers?.[0]?.status).toBe("held");
    for (const edge of [first, second]) expect(await edge?.log()).not.toContain("haproxy-drift");
    await first?.kill();
    await until("it goes on", async () => (await second.state()).routers?.[0]?.status === "in-sync");
    await consul.kv.put("rollpin/desired/shop/routes", 'split: {"1.0.0": 100}');
    await until("it follows the routes", async () => (await ask(haproxy.port)).version === "1.0.0");
    await first?.start();
    await until("the first one holds now", async () => (await first?.state())?.routers?.[0]?.reason?.code === "haproxy-taken");
    expect(await second.stop()).toBe(0);
    await until("and goes on where the other has signed off", async () => (await first?.state())?.routers?.[0]?.status === "in-sync");
  });
});

/** Of examples/haproxy, whose places are another host's. */
async function exampleRouter(): Promise<object> {
  const { routers } = parse(await readFile(new URL("../../../examples/haproxy/rollpin.yaml", import.meta.url), "utf8")) as { readonly routers: readonly object[] };
  return { ...routers[0] };
}
