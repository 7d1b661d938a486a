/** Far more below a service's desired state than anything could mean: the agent holds, stays small, and goes on afterwards. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

const SERVICE = "flooded";
const PATIENCE = { deadlineMs: 60_000 };
/** As values go: 512 KiB is the most that Consul takes for one. */
const JUNK = { keys: 40, bytes: 500_000 };
/** What was there before, one answer up to its limit, and what reading it leaves to be collected. */
const MOST_GROWTH_MIB = 100;

let consul: ConsulServer;
let agent: TestAgent;
beforeAll(async () => {
  consul = await startConsul();
  agent = await startAgent({ consul: consul.address, service: SERVICE, releases: { "1.0.0": "good.js" } });
});
afterAll(async () => {
  await agent.remove();
  await consul.stop();
});

async function residentMib(): Promise<number> {
  const status = await readFile(`/proc/${agent.pid()}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

test("twenty megabytes under desired/: held and named, small, in sync once they are gone", { timeout: 240_000 }, async () => {
  const folder = `rollpin/desired/${SERVICE}/`;
  await until("1.0.0 is registered", async () => (await consul.kv.get(`rollpin/releases/${SERVICE}/1.0.0`)) !== undefined, PATIENCE);
  expect(await rollpin(["pin", SERVICE, "1.0.0", "--yes"], { consul: consul.address })).toMatchObject({ code: 0 });
  const { pid } = (await agent.state()).record;
  const before = await residentMib();
  for (let at = 0; at < JUNK.keys; at += 1) await consul.kv.put(`${folder}junk-${at}`, "x".repeat(JUNK.bytes));

  await until("it is held as oversized", async () => (await agent.state()).record.reason?.code === "oversized", PATIENCE);
  expect((await agent.state()).record.reason?.message).toContain(folder);
  expect((await agent.state()).record).toMatchObject({ status: "held", version: "1.0.0", pid });
  const times = (await agent.state()).counters["consul_faults{oversized}"] ?? 0;
  await until("it was asked again", async () => ((await agent.state()).counters["consul_faults{oversized}"] ?? 0) >= times + 2, PATIENCE);
  const growth = (await residentMib()) - before;
  console.log(`= an agent grew by at most ${growth.toFixed(0)} MiB over ${JUNK.keys} keys of ${JUNK.bytes} bytes`);
  expect(growth).toBeLessThan(MOST_GROWTH_MIB);

  for (let at = 0; at < JUNK.keys; at += 1) await consul.kv.delete(`${folder}junk-${at}`);
  await until("in sync again", async () => (await agent.state()).record.status === "in-sync", PATIENCE);
  expect((await agent.state()).record).toMatchObject({ version: "1.0.0", pid });
});
