import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { historyOf } from "../../support/history.ts";
import type { Ran } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat } from "../stories/story.ts";
import { type Deployed, type DeployedOptions, hasEnded, startDeployed } from "./deployed.ts";

let consul: ConsulServer;
let services: Deployed[] = [];

beforeAll(async () => {
  consul = await startConsul({ persistent: true });
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.remove()));
  services = [];
});
afterAll(() => consul.stop());

async function deployed(service: string, agents: number, more: Partial<DeployedOptions> = {}): Promise<Deployed> {
  const started = await startDeployed({ consul, service, agents, ...more });
  services.push(started);
  return started;
}

const run = (code: number, ...words: string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address });
const endSession = async (session: string | undefined): Promise<void> => void (await consul.http.ask(`/v1/session/destroy/${session ?? ""}`, { method: "PUT" }));
const told = (runs: readonly { readonly version: string; readonly generation: number; readonly attempt: number }[]) => runs.map(({ attempt, generation, version }) => `${version} g${generation} a${attempt}`);

/** The command of that attempt has begun. */
const begins = (shop: Deployed, count: number): Promise<unknown> => until(`${count} runs have begun`, async () => (await shop.begun()).length >= count);

describe("one leader acts for a service", { timeout: 120_000 }, () => {
  it("once per change, among three agents and beside another service, and back", async () => {
    const [shop, other] = await Promise.all([deployed("once", 3), deployed("beside", 1)]);
    for (const [version, revision] of [["1.0.0", 1], ["2.0.0", 2]] as const) {
      const receipt = await run(0, "pin", "once", version, "--yes");
      expect(flat(receipt.stdout)).toContain("3/3 applied");
      await shop.settled(version);
      expect(told(await shop.begun()).at(-1)).toBe(`${version} g${revision} a1`);
    }
    expect(await other.begun()).toEqual([]);
    await run(0, "pin", "beside", "3.0.0", "--yes");
    await run(0, "rollback", "once", "--yes");
    await shop.settled("1.0.0");
    await other.settled("3.0.0");
    expect(told(await shop.begun())).toEqual(["1.0.0 g1 a1", "2.0.0 g2 a1", "1.0.0 g3 a1"]);
    expect(told(await other.begun())).toEqual(["3.0.0 g1 a1"]);
    const [follower] = await shop.followers();
    expect((await follower?.state())?.lead).toMatchObject({ own: false, leader: (await shop.leader()).instance, last: { version: "1.0.0", generation: 3, state: "done" } });
    expect((await (await shop.leader()).state()).lead).toMatchObject({ own: true });
    expect((await follower?.state())?.record.reason).toMatchObject({ code: "standby", message: `${(await shop.leader()).instance} leads` });
    // Asked for, it runs once more, and is told so.
    await run(0, "restart", "once", "--yes");
    await shop.settled("1.0.0");
    expect((await shop.begun()).map(({ restart }) => restart)).toEqual([false, false, false, true]);
    // A hand's flip counts too, before history has it.
    await consul.kv.put("rollpin/desired/once/pin", "3.0.0");
    await shop.settled("3.0.0");
    await until("the flip is in history", async () => (await historyOf(consul, "once")).at(-1)?.by === "external");
    await shop.settled("3.0.0");
    expect((await shop.begun()).map(({ version }) => version)).toEqual(["1.0.0", "2.0.0", "1.0.0", "1.0.0", "3.0.0"]);
    // A leader that leaves hands over, and what is done stays done.
    const leader = await shop.leader();
    expect(await leader.stop()).toBe(0);
    await until("another leads", async () => (await shop.session()) !== undefined && (await shop.lock())?.leader !== leader.instance);
    expect(await shop.begun()).toHaveLength(5);
  });

  it("says on every instance that its tries are spent, and tries again when asked to", async () => {
    const shop = await deployed("spent", 2, { yaml: "tries: 2" });
    await shop.raise("broken");
    const receipt = await run(5, "pin", "spent", "1.0.0", "--yes");
    expect(flat(receipt.stdout)).toContain("no capacity for 1.0.0");
    for (const agent of shop.agents) {
      await until(`${agent.instance} is stalled`, async () => (await agent.state()).record.status === "stalled");
      expect((await agent.state()).record.reason?.message).toMatch(/ended with exit code 1; it printed last: no capacity for 1\.0\.0 \(try 2 of 2; no more follow/);
    }
    expect(told(await shop.begun())).toEqual(["1.0.0 g1 a1", "1.0.0 g1 a2"]);
    // A new leader doesn't begin anew.
    const leader = await shop.leader();
    await leader.stop();
    await until("another leads", async () => (await shop.session()) !== undefined && (await shop.lock())?.leader !== leader.instance);
    await leader.start();
    await shop.clear("broken");
    await run(0, "restart", "spent", "--yes");
    await shop.settled("1.0.0");
    expect(told(await shop.begun()).slice(2)).toEqual(["1.0.0 g2 a1"]);
  });

  it("killed half-way, its command ends with it, and another agent runs it again", async () => {
    const shop = await deployed("killed", 2);
    await run(0, "pin", "killed", "1.0.0", "--yes");
    await shop.settled("1.0.0");
    await shop.raise("hold");
    await run(0, "pin", "killed", "2.0.0", "--yes", "--no-wait");
    await begins(shop, 2);
    const leader = await shop.leader();
    const session = await shop.session();
    await leader.kill();
    const orphan = (await shop.begun()).at(-1)?.pid ?? -1;
    await until("the killed agent's command is gone", () => hasEnded(orphan));
    // As Consul does once twice the TTL has passed.
    await endSession(session);
    await begins(shop, 3);
    await shop.clear("hold");
    await leader.start();
    await shop.settled("2.0.0");
    expect(told(await shop.begun())).toEqual(["1.0.0 g1 a1", "2.0.0 g2 a1", "2.0.0 g2 a2"]);
    expect((await shop.begun()).at(-1)?.by).not.toBe(leader.instance);
  });

  it("killed half-way and started again at once, it runs it again itself", async () => {
    const shop = await deployed("revived", 1);
    await shop.raise("hold");
    await run(0, "pin", "revived", "1.0.0", "--yes", "--no-wait");
    await begins(shop, 1);
    await shop.agents[0]?.kill();
    await shop.agents[0]?.start();
    await begins(shop, 2);
    await shop.clear("hold");
    await shop.settled("1.0.0");
    expect(told(await shop.begun())).toEqual(["1.0.0 g1 a1", "1.0.0 g1 a2"]);
  });

  it("paused until another took over, it writes nothing stale and starts nothing", async () => {
    const shop = await deployed("paused", 2);
    await run(0, "pin", "paused", "1.0.0", "--yes");
    await shop.settled("1.0.0");
    await shop.raise("hold");
    await run(0, "pin", "paused", "2.0.0", "--yes", "--no-wait");
    await begins(shop, 2);
    const leader = await shop.leader();
    process.kill(leader.pid(), "SIGSTOP");
    await endSession(await shop.session());
    await begins(shop, 3);
    // Both commands end, and a newer pin is done, before the paused agent wakes.
    await shop.clear("hold");
    await until("the other ended it", async () => (await shop.lock())?.last?.state === "done");
    await run(0, "pin", "paused", "3.0.0", "--yes", "--no-wait");
    await until("3.0.0 is done", async () => {
      const last = (await shop.lock())?.last;
      return last?.version === "3.0.0" && last.state === "done";
    });
    process.kill(leader.pid(), "SIGCONT");
    await shop.settled("3.0.0");
    const last = (await shop.lock())?.last;
    expect(last).toMatchObject({ version: "3.0.0", generation: 3, attempt: 1, state: "done" });
    expect(last?.by).not.toBe(leader.instance);
    expect(told(await shop.begun())).toEqual(["1.0.0 g1 a1", "2.0.0 g2 a1", "2.0.0 g2 a2", "3.0.0 g3 a1"]);
    expect((await shop.begun()).slice(2).every(({ by }) => by !== leader.instance)).toBe(true);
  });

  it("ends the running command for a newer pin", async () => {
    const shop = await deployed("newer", 2);
    await shop.raise("hold");
    await run(0, "pin", "newer", "1.0.0", "--yes", "--no-wait");
    await begins(shop, 1);
    await run(0, "pin", "newer", "2.0.0", "--yes", "--no-wait");
    await begins(shop, 2);
    await shop.clear("hold");
    await shop.settled("2.0.0");
    const log = await shop.log();
    expect(log.map(({ event, version }) => `${event} ${version}`)).toEqual(["begin 1.0.0", "stopped 1.0.0", "begin 2.0.0", "end 2.0.0"]);
  });

  it("lets go of the lead when its file changes, and what is done stays done", async () => {
    const shop = await deployed("reread", 2);
    await run(0, "pin", "reread", "1.0.0", "--yes");
    await shop.settled("1.0.0");
    const leader = await shop.leader();
    const file = join(leader.folder, "rollpin.yaml");
    // Of another track from now on: there it leads too, and the other agent leads here.
    await writeFile(`${file}.new`, `${await readFile(file, "utf8")}track: canary\n`);
    await rename(`${file}.new`, file);
    await until("both lead", async () => {
      const leads = await Promise.all(shop.agents.map(async (agent) => (await agent.state()).lead));
      return leads.every((lead) => lead?.own === true);
    });
    expect((await shop.lock())?.leader).not.toBe(leader.instance);
    await run(0, "pin", "reread", "2.0.0", "--track", "canary", "--yes");
    await run(0, "pin", "reread", "3.0.0", "--yes");
    expect(told(await shop.begun())).toEqual(["1.0.0 g1 a1", "2.0.0 g2 a1", "3.0.0 g3 a1"]);
    expect((await shop.begun()).map(({ by }) => by === leader.instance)).toEqual([true, true, false]);
  });

  it("with Consul away half-way, lets the command finish and writes it down afterwards", async () => {
    const shop = await deployed("away", 2);
    await shop.raise("hold");
    await run(0, "pin", "away", "1.0.0", "--yes", "--no-wait");
    await begins(shop, 1);
    await consul.kill();
    await shop.clear("hold");
    await until("the command ended", async () => (await shop.log()).some(({ event }) => event === "end"));
    await consul.restart();
    await shop.settled("1.0.0");
    expect(told(await shop.begun())).toEqual(["1.0.0 g1 a1"]);
    expect((await shop.lock())?.last).toMatchObject({ state: "done", attempt: 1 });
  });

  it("sees that somebody else changed what runs, and only reports it", async () => {
    const shop = await deployed("drift", 2, { yaml: 'observe: { interval: 100ms, settle: 1s, version: { file: "$WORLD/version" } }' });
    await run(0, "pin", "drift", "1.0.0", "--yes");
    await shop.settled("1.0.0");
    await shop.deployByHand("2.0.0");
    for (const agent of shop.agents) {
      await until(`${agent.instance} has drifted`, async () => (await agent.state()).record.status === "drifted");
      expect((await agent.state()).record).toMatchObject({ version: "2.0.0", reason: { code: "version", message: expect.stringContaining("runs 2.0.0, pinned is 1.0.0; somebody else changed it") as string } });
    }
    expect(await shop.begun()).toHaveLength(1);
    await run(0, "restart", "drift", "--yes");
    await shop.settled("1.0.0");
    expect(told(await shop.begun())).toEqual(["1.0.0 g1 a1", "1.0.0 g2 a1"]);
  });
});

describe("the right to lead", { timeout: 120_000 }, () => {
  let guarded: ConsulServer;
  beforeAll(async () => {
    guarded = await startConsul({ acl: true });
  });
  afterAll(() => guarded.stop());

  it("is a token's: who hasn't got it follows, and says so when nobody else leads", async () => {
    const service = "guarded";
    const follow = `key_prefix "rollpin/" { policy = "read" }
key_prefix "rollpin/desired/${service}/head" { policy = "write" }
key_prefix "rollpin/history/${service}/" { policy = "write" }
key_prefix "rollpin/releases/${service}/" { policy = "write" }
key_prefix "rollpin/instances/${service}/" { policy = "write" }
session_prefix "" { policy = "write" }`;
    const lead = `${follow}\nkey_prefix "rollpin/locks/actuator/${service}/" { policy = "write" }`;
    const tokens = [await guarded.createToken(follow), await guarded.createToken(lead)];
    const shop = await startDeployed({ consul: guarded, service, agents: 2, tokens });
    services.push(shop);
    const [follower, leader] = shop.agents;
    const pin = (version: string): Promise<Ran> => expectExit(0, ["pin", service, version, "--yes", "--no-wait"], { consul: guarded.address, token: guarded.managementToken });
    await pin("1.0.0");
    await shop.settled("1.0.0");
    expect((await shop.lock())?.leader).toBe(leader?.instance);
    expect(await leader?.stop()).toBe(0);
    await pin("2.0.0");
    await until("it says why nobody acts", async () => {
      const { reason, status } = (await follower?.state())?.record ?? {};
      return status === "held" && reason?.code === "standby" && /no agent leads: this agent can't take the lead: Consul denies transaction rollpin\/locks\/actuator\/guarded\/stable/.test(reason.message);
    });
    await leader?.start();
    await shop.settled("2.0.0");
    expect((await shop.begun()).map(({ by }) => by)).toEqual([leader?.instance, leader?.instance]);
  });
});
