/** Two real Consuls, joined; the real CLI at the agent of the first. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../../../core/store/port.ts";
import { registerReleases } from "../../bench/fleet/operator.ts";
import { storeAt } from "../../contract/world.ts";
import { type DeadlyProxy, startDeadlyProxy } from "../../support/consul/deadly-proxy.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Ran, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { type FakeAgent, startFakeAgent } from "../../unit/cli/fake-agent.ts";
import { createOperator, must } from "../../unit/operations/operator.ts";

/** Every so many deaths of all that there are; 1: each. */
const EVERY = Number(process.env["ROLLPIN_KILL_EVERY"] ?? 4);
/** More than fit into one transaction. */
const MANY = Array.from({ length: 20 }, (_, place) => `many-${String(place).padStart(2, "0")}`);
let east: ConsulServer;
let west: ConsulServer;
let proxy: DeadlyProxy;
let agents: readonly FakeAgent[];
let stores: readonly Store[];

beforeAll(async () => {
  // Servers look for members that they lost, and must not take one of another test for them that has got the port.
  const encrypt = randomBytes(16).toString("base64");
  [east, west] = await Promise.all(["east", "west"].map((datacenter) => startConsul({ persistent: true, config: { datacenter, encrypt } }))) as [ConsulServer, ConsulServer];
  proxy = await startDeadlyProxy(east.address);
  await join();
  stores = await Promise.all([east, west].map(({ address }) => storeAt({ address })));
  await Promise.all(stores.map(async (store) => {
    for (const service of ["checkout", "killed", "cut-off", ...MANY]) await registerReleases(store, service, ["1", "2", "3"]);
  }));
  agents = await Promise.all(stores.map((store, place) => startFakeAgent(store, { service: "checkout", instance: `checkout-${place}` })));
});
afterAll(async () => {
  for (const store of stores) store.close();
  await Promise.all(agents.map((agent) => agent.stop()));
  await proxy.close();
  await Promise.all([east.stop(), west.stop()]);
});

/** Until each answers for the other. */
async function join(): Promise<void> {
  await east.joinDatacentre(west);
  for (const [from, to] of [[east, "west"], [west, "east"]] as const) await until(`${to} is answered for`, async () => (await from.http.ask(`/v1/status/leader?dc=${to}`)).body.toString().includes(":"));
}

const say = (...words: readonly string[]): Promise<Ran> => rollpin(words, { consul: east.address });

async function succeed(...words: readonly string[]): Promise<string> {
  const { code, stderr, stdout } = await say(...words);
  expect({ words, code, stderr: code === 0 ? "" : stderr }).toEqual({ words, code: 0, stderr: "" });
  return stdout;
}

const pinsOf = (service: string): Promise<readonly (string | undefined)[]> => Promise.all([east, west].map(({ kv }) => kv.get(`rollpin/desired/${service}/pin`)));

/** By kind, oldest first. */
async function history({ kv }: ConsulServer, service: string): Promise<readonly string[]> {
  return (await kv.list(`rollpin/history/${service}/`)).map(({ value }) => (JSON.parse(value.toString()) as { readonly kind: string }).kind);
}

/** The session of a killed program outlives it for a while. */
async function takeUp(verb: "resume" | "abort", id: string): Promise<void> {
  await succeed("operation", "unlock", id, "--yes");
  await succeed("operation", verb, id, "--yes", "--no-wait");
}

const openOperation = async ({ kv }: ConsulServer): Promise<string> => (await kv.list("rollpin/operations/")).find(({ key }) => key.endsWith("/leave"))?.key.split("/")[2] ?? "none";

describe("two datacentres", () => {
  it("are changed by one command, one after the other, and both are waited for", async () => {
    for (const version of ["1", "2"]) expect(await succeed("pin", "checkout", version, "--dc", "east,west", "--yes")).toMatch(/== east\n.*1\/1 applied.*\n== west\n.*1\/1 applied/s);
    expect(await pinsOf("checkout")).toEqual(["2", "2"]);
    const entries = await Promise.all([east, west].map(async ({ kv }) => JSON.parse((await kv.get("rollpin/history/checkout/0000000002")) ?? "{}") as { readonly at: string }));
    expect(entries[0]?.at && entries[1]?.at && entries[0].at <= entries[1].at).toBe(true);
    expect(await succeed("rollback", "checkout", "--all-dcs", "--yes")).toMatch(/== east\n.*== west\n/s);
    expect(await pinsOf("checkout")).toEqual(["1", "1"]);
    expect(await succeed("pin", "checkout", "3", "--dc", "west", "--yes")).toContain("1/1 applied");
    expect(await pinsOf("checkout")).toEqual(["1", "3"]);
  });

  it("an unknown one is bad usage", async () => {
    const { code, stderr } = await say("pin", "checkout", "2", "--dc", "east,south", "--yes");
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('"south", is none that Consul here is joined with') as string });
  });

  it("may keep the journal in another than the agent's own, and plans of several transactions too", async () => {
    await Promise.all(stores.map(async (store) => {
      const operator = createOperator(store);
      for (const service of MANY) for (const version of ["1", "2"]) must(await operator.pin(service, version));
    }));
    expect(await succeed("rollback", ...MANY, "--dc", "west,east", "--yes", "--no-wait")).toMatch(/== west\nrollback many-00.*== east\nrollback many-00/s);
    expect(await pinsOf(MANY.at(-1) ?? "")).toEqual(["1", "1"]);
    for (const { kv } of [east, west]) expect((await kv.list("rollpin/operations/")).filter(({ key }) => key.split("/").length > 3)).toEqual([]);
  });
});

describe("a program that is killed", () => {
  /** Its transactions: steps of the journal, its record, its beginning, one for each datacentre, and how far it came. */
  async function killedAt(at: number, when: "before" | "after", version: string): Promise<string> {
    const dead = new AbortController();
    proxy.arm({ at, when, kill: () => dead.abort() });
    await rollpin(["pin", "killed", version, "--dc", "east,west", "--yes", "--no-wait"], { consul: proxy.address, kill: dead.signal });
    proxy.arm(undefined);
    expect(dead.signal.aborted, `it never came to write ${at}`).toBe(true);
    return openOperation(east);
  }

  it("between two datacentres is resumed, or taken back: each is changed exactly once", { timeout: 600_000 }, async () => {
    await succeed("pin", "killed", "1", "--dc", "east,west", "--yes", "--no-wait");
    proxy.arm(undefined);
    await rollpin(["pin", "killed", "2", "--dc", "east,west", "--yes", "--no-wait"], { consul: proxy.address });
    const writes = proxy.transactions();
    const deaths = Array.from({ length: writes }, (_, place) => place + 1).filter((at) => at > 3 && at < writes - 1).flatMap((at) => [{ at, when: "before" as const }, { at, when: "after" as const }]).filter((_, place) => place % EVERY === 0);
    let [from, to] = ["2", "3"];
    const tally = { resumed: 0, aborted: 0 };
    for (const [place, { at, when }] of deaths.entries()) {
      const former = await Promise.all([east, west].map((server) => history(server, "killed")));
      const id = await killedAt(at, when, to);
      if (id === "none") continue;
      const verb = place % 2 === 0 ? "resume" : "abort";
      const ended = /"phase":"(done|releasing)"/.test((await east.kv.get(`rollpin/operations/${id}`)) ?? "");
      await takeUp(ended ? "resume" : verb, id);
      tally[ended || verb === "resume" ? "resumed" : "aborted"] += 1;
      const wanted = ended || verb === "resume" ? to : from;
      expect(await pinsOf("killed"), `killed ${when} write ${at}, then ${verb}`).toEqual([wanted, wanted]);
      for (const [which, server] of [east, west].entries()) {
        const added = (await history(server, "killed")).slice(former[which]?.length).join();
        expect(wanted === to ? ["pin"] : ["", "pin,undo"], `in ${which === 0 ? "east" : "west"}, killed ${when} write ${at}, then ${verb}`).toContain(added);
      }
      if (wanted === to) [from, to] = [to, from];
    }
    expect(tally.resumed).toBeGreaterThan(0);
    expect(tally.aborted).toBeGreaterThan(0);
    console.log(`= ${tally.resumed + tally.aborted} times kill -9 at ${writes} writes of a pin in two datacentres: ${tally.resumed} resumed, ${tally.aborted} taken back, each datacentre changed exactly once`);
  });
});

describe("a datacentre that is gone", () => {
  it("is named, the other is changed; it comes back and is resumed", async () => {
    await succeed("pin", "cut-off", "1", "--dc", "east,west", "--yes", "--no-wait");
    await west.kill();
    const ran = await say("pin", "cut-off", "2", "--dc", "east,west", "--yes", "--no-wait");
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 5, stdout: expect.stringMatching(/== west\n.*west can't be reached/s) as string });
    expect(await east.kv.get("rollpin/desired/cut-off/pin")).toBe("2");
    const id = await openOperation(east);
    expect(ran.stdout).toContain(`rollpin operation resume ${id} --dc east`);
    const first = await say("pin", "cut-off", "3", "--dc", "west,east", "--yes");
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 6, stderr: expect.stringContaining("put another first, such as --dc east,west") as string });
    await west.restart();
    await join();
    expect((await say("history", "cut-off")).stderr).toContain(`note: operation ${id} (pin of cut-off in east, cut-off in west by`);
    await succeed("operation", "resume", id, "--yes", "--no-wait");
    expect(await pinsOf("cut-off")).toEqual(["2", "2"]);
    expect(await history(west, "cut-off")).toEqual(["pin", "pin"]);
  });
});
