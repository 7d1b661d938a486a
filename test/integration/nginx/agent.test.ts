/** A real nginx under a real agent, in front of real services, going by what stands in a real Consul. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../../agent/appliers/run-command.ts";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type NginxServer, WORKERS, createNginx, nginxProgram } from "../../support/nginx-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { CONNECTIONS, FLIPS, IS_LONG, REQUESTS, cutOver, readRecord, route, startShops } from "../routers/cut-over.ts";

let consul: ConsulServer;
let nginx: NginxServer;
let agents: readonly TestAgent[] = [];
describe.skipIf(nginxProgram === undefined)("nginx under a real agent", () => {
  beforeAll(async () => {
    nginx = await createNginx();
    [consul] = await Promise.all([startConsul(), nginx.start()]);
    agents = await startShops(consul);
    agents = [...agents, await startAgent({ consul: consul.address, service: "edge", releases: {}, yaml: `register: false\nrouters: ${JSON.stringify([{ ...nginx.settings, upstream: "shop" }])}\n` })];
  }, 300_000);
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.remove()));
    await Promise.all([consul.stop(), nginx.remove()]);
  }, 60_000);

  it(`${FLIPS} flips of the routes under load: no worse than bare reloads of nginx between them, and none answered by the old version after the report`, { timeout: 180_000 + REQUESTS * 4 }, async () => {
    const reloads = (): number => nginx.output().split("(SIGHUP) received").length - 1;
    const before = reloads();
    const { atFlips, beside, failures, summary, wrong } = await cutOver(consul, nginx.port, reload);
    const read = reloads() - before;
    console.log(`= cut-over, nginx: ${summary}; ${atFlips} of them at flips and ${beside} at ${FLIPS} bare reloads between; nginx read its configuration ${read} times`);
    expect(wrong).toEqual([]);
    // nginx closes kept connections just as clients send on them: the more the slower the clients are, and at most what each former worker has.
    for (const failure of failures) expect(failure).toMatch(/ECONNRESET|socket hang up|EPIPE/);
    expect(failures.length).toBeLessThanOrEqual(read * CONNECTIONS * WORKERS);
    if (IS_LONG) expect(atFlips).toBeLessThanOrEqual(2 * beside + CONNECTIONS);
  });

  it("is waited for by a command that moves traffic, and is shown by its name", { timeout: 120_000 }, async () => {
    await route(consul, "pin");
    const ran = await rollpin(["route", "shift", "shop", "2.0.0", "100%", "--yes", "-o", "json"], { consul: consul.address });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ receipt: { state: "complete", services: [{ routers: { "edge-1": { standing: "applied" } } }] } });
    expect(await readRecord(consul)).toMatchObject({ kind: "nginx", listen: nginx.settings["listen"], split: [{ to: "2.0.0" }, {}] });
    const document = join(nginx.folder, "routes.yaml");
    await writeFile(document, "sticky: {cookie: session}\n");
    const sticky = await rollpin(["route", "set", "shop", document, "--dry-run"], { consul: consul.address });
    expect(`${sticky.stdout}${sticky.stderr}`).toContain('edge-1: nginx can\'t do "sticky": it hashes with MurmurHash2');
  });

  it("holds while nginx is away, says why, and goes on when it is back", { timeout: 120_000 }, async () => {
    await nginx.kill();
    await consul.kv.put("rollpin/desired/shop/routes", "split: {1.0.0: 100}");
    const held = await until("it is told", async () => {
      const record = await readRecord(consul);
      return record?.status === "held" && record;
    });
    expect(held.reason).toMatchObject({ code: "router-broken", message: expect.stringContaining("nginx doesn't run") as string });
    await nginx.start();
    await route(consul, "1.0.0");
  });
});

async function reload(): Promise<void> {
  const ran = await runCommand({ argv: nginx.settings["reload"] as readonly string[], folder: nginx.folder, timeoutMs: 30_000 }, systemClock, new AbortController().signal);
  if (!ran.ok) throw new Error(ran.fault.message);
}
