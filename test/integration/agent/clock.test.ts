/** The wall clock of an agent's host jumps while it lives: nothing restarts, nothing storms, pins are followed, and people are told. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { revisionSchema } from "../../../core/model/records.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Host, createHost } from "../../support/host/host.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, processYaml, registered, runs } from "../stories/story.ts";

const SERVICE = "jumps";
const RELEASES = { "1.0.0": "good.js", "2.0.0": "good.js" };
const HOUR = 3_600_000;

let consul: ConsulServer;
let host: Host;
let agent: TestAgent;
beforeAll(async () => {
  [consul, host] = [await startConsul(), await createHost()];
  agent = await startAgent({ consul: consul.address, service: SERVICE, releases: RELEASES, environment: host.environment, yaml: `sessionTtl: 10s\n${processYaml()}` });
  await registered(consul, SERVICE, ...Object.keys(RELEASES));
  await expectExit(0, ["pin", SERVICE, "1.0.0", "--yes"], { consul: consul.address });
});
afterAll(async () => {
  await agent.remove();
  await host.remove();
  await consul.stop();
});

const pin = `rollpin/desired/${SERVICE}/pin`;
const record = async () => (await agent.state()).record;
const doctor = async (): Promise<string> => flat((await rollpin(["doctor"], { consul: consul.address })).stdout);

/** The newest entry of history, once a hand flip is in it. */
async function adopted(): Promise<number> {
  const head = await until("the flip is in history", async () => {
    const { by, revision } = JSON.parse((await consul.kv.get(`rollpin/desired/${SERVICE}/head`))?.toString() ?? "{}") as { by?: string; revision?: number };
    return by === "external" && revision;
  });
  const entry = await consul.kv.get(`rollpin/history/${SERVICE}/${String(head).padStart(10, "0")}`);
  return Date.parse(revisionSchema.parse(JSON.parse(entry?.toString() ?? "")).at);
}

/** Set while nothing else happens, with a hold that must end, and with a change by plan and one by hand after it. */
async function jump(ms: number): Promise<void> {
  const before = await record();
  await consul.kv.put(pin, "7.0.0");
  await until("it is held", async () => (await record()).status === "held");
  await host.shiftClock(ms);
  await consul.kv.put(pin, before.version ?? "");
  await until("the hold is over", async () => (await record()).status === "in-sync");
  expect((await record()).pid, "what runs goes on").toBe(before.pid);

  await expectExit(0, ["pin", SERVICE, "2.0.0", "--yes"], { consul: consul.address });
  await runs(agent, "2.0.0");
  await consul.kv.put(pin, "1.0.0");
  await runs(agent, "1.0.0");
  expect(Math.abs((await adopted()) - Date.now()), "history goes by Consul's clock").toBeLessThan(5 * 60_000);
  const { clockOffsetMs = 0 } = await until("its record tells", async () => {
    const told = await record();
    return Math.sign(told.clockOffsetMs ?? 0) === -Math.sign(ms) && told;
  });
  expect(Math.abs(clockOffsetMs + ms)).toBeLessThan(60_000);
}

test("an hour ahead, an hour back, ten years ahead, and 1970", { timeout: 240_000 }, async () => {
  const counted = (await agent.state()).counters;
  for (const ms of [HOUR, -HOUR, 87_600 * HOUR, -Date.now()]) await jump(ms);
  expect(await doctor()).toMatch(/the clock of .*, where jumps-1 of jumps runs, is \d{10} s behind Consul's/);
  const { counters } = await agent.state();
  expect(counters["process_restarts"]).toBe(0);
  // Four keys are written in each jump, and adopted twice at most.
  expect((counters["wakeups"] ?? 0) - (counted["wakeups"] ?? 0)).toBeLessThan(60);
  expect(counters["applies{applied}"]).toBe((counted["applies{applied}"] ?? 0) + 8);

  await host.shiftClock(0);
  await until("an idle agent sees that it is mended", async () => (await record()).clockOffsetMs === undefined);
  const said = (await agent.log()).split("\n").filter((line) => line.includes('"event":"clock"'));
  expect(said.map((line) => /agree again|ahead of|behind/.exec(line)?.[0])).toEqual(["ahead of", "behind", "ahead of", "behind", "agree again"]);
});
