/** A real HAProxy under a real agent, in front of real services, going by what stands in a real Consul. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type HaproxyServer, createHaproxy, haproxyProgram } from "../../support/haproxy-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { FLIPS, REQUESTS, cutOver, readRecord, route, serves, startShops } from "../routers/cut-over.ts";

let consul: ConsulServer;
let haproxy: HaproxyServer;
let agents: readonly TestAgent[] = [];
describe.skipIf(haproxyProgram === undefined)("HAProxy under a real agent", () => {
  beforeAll(async () => {
    haproxy = await createHaproxy();
    [consul] = await Promise.all([startConsul(), haproxy.start()]);
    agents = await startShops(consul);
    const router = { ...(await exampleRouter()), upstream: "shop", ...haproxy.settings, check: haproxy.check, reload: haproxy.reload };
    agents = [...agents, await startAgent({ consul: consul.address, service: "edge", releases: {}, yaml: `register: false\nrouters: ${JSON.stringify([router])}\n` })];
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
});

/** Of examples/haproxy, whose places are another host's. */
async function exampleRouter(): Promise<object> {
  const { routers } = parse(await readFile(new URL("../../../examples/haproxy/rollpin.yaml", import.meta.url), "utf8")) as { readonly routers: readonly object[] };
  return { ...routers[0] };
}
