import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TestAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "./own-consul.ts";
import { expectExit, flat, processYaml, registered, runs } from "./story.ts";

/** Long enough for agents whose sessions a snapshot took away, on a busy machine. */
const PATIENCE = { deadlineMs: 60_000 };
const LIMIT = 180_000;

const { consul, start } = await ownConsul({ persistent: true });

/** Two agents that run what was pinned after the snapshot. */
async function pinnedPastSnapshot(service: string): Promise<{ readonly pair: readonly TestAgent[]; readonly snapshot: Buffer }> {
  const pair = await Promise.all([1, 2].map((n) => start({ service, instance: `${service}-${n}`, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, yaml: processYaml() })));
  await registered(consul, service, "1.0.0", "2.0.0");
  await expectExit(0, ["pin", service, "1.0.0", "--yes"], { consul: consul.address });
  const snapshot = await consul.snapshot();
  await expectExit(0, ["pin", service, "2.0.0", "--yes"], { consul: consul.address });
  await expectExit(0, ["config", "set", service, "--text", "limit: 5", "--yes"], { consul: consul.address });
  await Promise.all(pair.map((agent) => runs(agent, "2.0.0")));
  return { pair, snapshot };
}

async function pidOf(agent: TestAgent): Promise<number | undefined> {
  return (await agent.state()).record.pid;
}

async function allHeld(service: string, pair: readonly TestAgent[]): Promise<void> {
  for (const agent of pair) await until(`${agent.instance} holds as restored`, async () => (await agent.state()).record.restored === true, PATIENCE);
  for (const agent of pair) await until(`Consul has ${agent.instance}'s word`, async () => ((await consul.kv.get(`rollpin/instances/${service}/${agent.instance}`))?.toString() ?? "").includes('"restored":true'), PATIENCE);
  await until("what they applied is left", async () => (await consul.kv.list(`rollpin/remembered/${service}/`)).length > 0, PATIENCE);
}

describe("Consul was restored", () => {
  it("all hold, a pin is refused, and reassert brings back what ran", { timeout: LIMIT }, async () => {
    const { pair, snapshot } = await pinnedPastSnapshot("again");
    const pids = await Promise.all(pair.map(pidOf));
    await consul.restore(snapshot);
    await allHeld("again", pair);
    expect(await Promise.all(pair.map(pidOf))).toEqual(pids);
    const status = await expectExit(0, ["status", "again"], { consul: consul.address });
    expect(flat(status.stdout)).toContain("rollpin restore accept again");
    const refused = await expectExit(3, ["pin", "again", "2.0.0", "--yes"], { consul: consul.address });
    expect(flat(refused.stderr)).toContain("obey nothing until that is settled");

    await expectExit(0, ["restore", "reassert", "again", "--yes", "--reason", "the snapshot was old"], { consul: consul.address });
    expect((await consul.kv.get("rollpin/desired/again/pin"))?.toString()).toBe("2.0.0");
    expect((await consul.kv.get("rollpin/desired/again/config"))?.toString()).toBe("limit: 5");
    expect(await consul.kv.list("rollpin/remembered/again/")).toEqual([]);
    await Promise.all(pair.map((agent) => runs(agent, "2.0.0")));
    expect(await Promise.all(pair.map(pidOf))).toEqual(pids);
    const history = await expectExit(0, ["-o", "json", "history", "again"], { consul: consul.address });
    const { revisions } = JSON.parse(history.stdout) as { readonly revisions: readonly { readonly kind: string; readonly revision: number }[] };
    expect(revisions[0]).toMatchObject({ kind: "restore", revision: 4 });
    await expectExit(0, ["rollback", "again", "--yes"], { consul: consul.address });
    await Promise.all(pair.map((agent) => runs(agent, "1.0.0")));
  });

  it("accept goes on from Consul's state, also for an agent that was down meanwhile, or had a local pin", { timeout: LIMIT }, async () => {
    const { pair, snapshot } = await pinnedPastSnapshot("onward");
    const [first, second] = pair;
    if (first === undefined || second === undefined) throw new Error("two agents were started");
    await second.kill();
    await expectExit(0, ["agent", "pin", "1.0.0", "--local", "-c", join(first.folder, "rollpin.yaml")], { consul: consul.address });
    await consul.restore(snapshot);
    await allHeld("onward", [first]);
    expect((await first.state()).record.reason?.code).toBe("local-pin");
    await expectExit(3, ["config", "set", "onward", "--text", "limit: 6", "--yes"], { consul: consul.address });
    await expectExit(0, ["restore", "accept", "onward", "--yes", "--no-wait"], { consul: consul.address });
    await until("the first runs 1.0.0", async () => (await first.state()).record.version === "1.0.0" && (await first.state()).record.status === "in-sync", PATIENCE);
    await second.start();
    await until("so does the second", async () => (await second.state()).record.version === "1.0.0" && (await second.state()).record.status === "in-sync", PATIENCE);
  });

  it("reassert makes a service anew that an emptied Consul knows nothing of", { timeout: LIMIT }, async () => {
    const { pair } = await pinnedPastSnapshot("emptied");
    const pids = await Promise.all(pair.map(pidOf));
    // The desired state last: what agents do when it is gone has to find the rest gone.
    for (const folder of ["releases", "history", "verdicts", "desired"]) await consul.http.ask(`/v1/kv/rollpin/${folder}/emptied/?recurse`, { method: "DELETE" });
    await allHeld("emptied", pair);
    await registered(consul, "emptied", "1.0.0", "2.0.0");
    await expectExit(3, ["restore", "accept", "emptied", "--yes"], { consul: consul.address });
    await expectExit(0, ["restore", "reassert", "emptied", "--yes"], { consul: consul.address });
    await Promise.all(pair.map((agent) => runs(agent, "2.0.0")));
    expect(await Promise.all(pair.map(pidOf))).toEqual(pids);
  });

  it("clients find an instance that Consul shows where it was, though what it should run is as it was", { timeout: LIMIT }, async () => {
    const releases = { "1.0.0": "good.js", "2.0.0": "slow-start.js" };
    const agent = await start({ service: "moved", releases, environment: { START_MS: "4000" }, yaml: processYaml("register: { check: { tcp: true, interval: 1s } }\n").replace("readyTimeout: 4s", "readyTimeout: 30s") });
    await registered(consul, "moved", "1.0.0", "2.0.0");
    await expectExit(0, ["pin", "moved", "1.0.0", "--yes"], { consul: consul.address });
    const shown = async (): Promise<number | undefined> => (await consul.http.json<readonly { readonly ServicePort: number }[]>("/v1/catalog/service/moved")).at(0)?.ServicePort;
    await expectExit(0, ["pin", "moved", "2.0.0", "--yes", "--no-wait"], { consul: consul.address });
    const snapshot = await consul.snapshot();
    await runs(agent, "2.0.0");
    const { port } = (await agent.state()).record;
    await until("clients find it", async () => (await shown()) === port, PATIENCE);
    const head = await consul.kv.get("rollpin/desired/moved/head");
    await consul.restore(snapshot);
    await until("clients find it again", async () => (await shown()) === port, PATIENCE);
    await until("so does whoever reads its record", async () => ((await consul.kv.get(`rollpin/instances/moved/${agent.instance}`))?.toString() ?? "").includes(`"port":${port}`), PATIENCE);
    expect(await consul.kv.get("rollpin/desired/moved/head")).toEqual(head);
    expect((await agent.state()).record).toMatchObject({ status: "in-sync", version: "2.0.0", port });
  });
});
