import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { brokenLinks, historyOf } from "../../support/history.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

let consul: ConsulServer;
beforeAll(async () => {
  consul = await startConsul();
});
afterAll(() => consul.stop());

async function runs(agent: TestAgent, version: string, revision?: number): Promise<void> {
  await until(`${agent.instance} runs ${version}`, async () => {
    const { record } = await agent.state();
    return record.version === version && record.status === "in-sync" && (revision === undefined || record.revision >= revision);
  });
}

async function pinned(service: string): Promise<TestAgent> {
  const agent = await startAgent({ consul: consul.address, service, releases: { "1.0.0": "good.js", "2.0.0": "good.js" } });
  await until("both releases are registered", async () => (await consul.kv.get(`rollpin/releases/${service}/2.0.0`)) !== undefined);
  const ran = await rollpin(["pin", service, "1.0.0", "--yes"], { consul: consul.address });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return agent;
}

describe("a pin flipped by hand", () => {
  it("takes effect, shows in status, and is one history entry by external", async () => {
    const agent = await pinned("flip-one");
    await consul.kv.put("rollpin/desired/flip-one/pin", "2.0.0\n");
    await runs(agent, "2.0.0", 2);
    const entries = await historyOf(consul, "flip-one");
    expect(entries.map(({ by, kind, revision }) => ({ by, kind, revision }))).toEqual([
      { by: expect.any(String), kind: "pin", revision: 1 },
      { by: "external", kind: "external", revision: 2 },
    ]);
    expect(entries[1]).toMatchObject({ before: { pins: { stable: "1.0.0" } }, after: { pins: { stable: "2.0.0" } } });
    const status = await rollpin(["status", "flip-one"], { consul: consul.address });
    expect(status.stdout).toMatch(/flip-one\s+2\.0\.0\s+1\/1\s+2\.0\.0 x1/);
    expect(status.stdout).toContain("by external");
    await agent.remove();
  });

  it("takes effect though its release was deleted from Consul, as long as its artifact lies here", async () => {
    const agent = await pinned("flip-deleted");
    const release = await consul.kv.get("rollpin/releases/flip-deleted/2.0.0");
    await consul.http.ask("/v1/kv/rollpin/releases/flip-deleted/?recurse", { method: "DELETE" });
    await consul.kv.put("rollpin/desired/flip-deleted/pin", "2.0.0");
    await runs(agent, "2.0.0", 2);
    expect(await consul.kv.get("rollpin/releases/flip-deleted/2.0.0")).toEqual(release);
    expect(await consul.kv.get("rollpin/releases/flip-deleted/1.0.0")).toBeUndefined();
    await agent.remove();
  });

  it("A, B, A within 50 ms ends at A, with at most one process that was given up", async () => {
    const agent = await pinned("flip-back");
    const before = (await agent.state()).record.pid;
    await consul.kv.put("rollpin/desired/flip-back/pin", "2.0.0");
    await systemClock.sleep(25);
    await consul.kv.put("rollpin/desired/flip-back/pin", "1.0.0");
    // A last flip of something else, so that what is looked at is what came of both.
    await consul.kv.put("rollpin/desired/flip-back/pace", "all");
    const entries = await until("history knows of no open flip", async () => {
      const { record } = await agent.state();
      const known = await historyOf(consul, "flip-back");
      return record.status === "in-sync" && record.version === "1.0.0" && record.revision === known.length && known.at(-1)?.after.pace === "all" && known;
    });
    expect((await agent.state()).record.pid).toBe(before);
    expect((await agent.log()).match(/"process-started"/g)?.length).toBeLessThanOrEqual(2);
    expect(entries.at(-1)?.after.pins["stable"]).toBe("1.0.0");
    await agent.remove();
  });

  it("100 flips in 2 s end right, history is linear, and few processes were started", async () => {
    const agent = await pinned("flicker");
    for (let flip = 0; flip < 100; flip += 1) {
      await consul.kv.put("rollpin/desired/flicker/pin", flip % 2 === 0 ? "2.0.0" : "1.0.0");
      await systemClock.sleep(18);
    }
    await consul.kv.put("rollpin/desired/flicker/pin", "2.0.0");
    await until("it settles at 2.0.0", async () => {
      const { record } = await agent.state();
      const entries = await historyOf(consul, "flicker");
      return record.status === "in-sync" && record.version === "2.0.0" && record.revision === entries.length && entries.at(-1)?.after.pins["stable"] === "2.0.0";
    });
    const entries = await historyOf(consul, "flicker");
    expect(brokenLinks(entries)).toEqual([]);
    const started = (await agent.log()).match(/"process-started"/g)?.length ?? 0;
    expect(started).toBeLessThanOrEqual(12);
    await agent.remove();
  });
});
