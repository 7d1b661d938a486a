/** What a real Consul does when it is killed, restarted, loses its leader or takes a permission back. */
import { afterEach, describe, expect, test } from "vitest";
import type { Store } from "../../core/store/port.ts";
import { type ConsulOptions, type ConsulServer, startConsul } from "../support/consul-server.ts";
import { type Road, openRoad } from "../support/road.ts";
import { until } from "../support/until.ts";
import { must, mustFail, text } from "./must.ts";
import { startWatch } from "./parts/watching.ts";
import { consulStore, storeAt } from "./world.ts";

const KEY = "rollpin/desired/checkout/pin";
const FOLDER = "desired/checkout/";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function consul(options: ConsulOptions = {}): Promise<ConsulServer> {
  const server = await startConsul(options);
  cleanups.push(() => server.stop());
  return server;
}

function store(server: ConsulServer, token?: string): Store {
  const opened = consulStore(server, "rollpin", token === undefined ? {} : { token });
  cleanups.push(() => opened.close());
  return opened;
}

describe("outages", () => {
  test("killed and restarted with its data: faults meanwhile, the newest value soon after", async () => {
    const server = await consul({ persistent: true });
    await server.kv.put(KEY, "1");
    const watched = startWatch(store(server), FOLDER);
    await until("the first reading", () => watched.latest("desired/checkout/pin") === "1");
    await server.kill();
    await until("a fault", () => watched.faults.some((fault) => fault.kind === "unreachable"));
    await server.restart();
    await server.kv.put(KEY, "2");
    await until("the newer value", () => watched.latest("desired/checkout/pin") === "2", { deadlineMs: 8_000 });
    expect(watched.readings.every((reading) => reading.entries.length === 1)).toBe(true);
    await watched.stop();
  });

  test("restarted empty, with indexes from the start: confirmed emptiness, and later writes are heard", async () => {
    const server = await consul();
    for (let at = 0; at < 50; at += 1) await server.kv.put(KEY, `old ${at}`);
    const watched = startWatch(store(server), FOLDER);
    await until("the first reading", () => watched.readings.length > 0);
    await server.kill();
    await server.restart();
    await until("emptiness", () => watched.readings.at(-1)?.entries.length === 0, { deadlineMs: 8_000 });
    await server.kv.put(KEY, "new");
    await until("the new value", () => watched.latest("desired/checkout/pin") === "new", { deadlineMs: 8_000 });
    await watched.stop();
  });

  test("a token that is revoked is a denial, never emptiness", async () => {
    const server = await consul({ acl: true });
    await server.kv.put(KEY, "1");
    const token = await server.createToken('key_prefix "rollpin/" { policy = "write" }');
    const watched = startWatch(store(server, token), FOLDER, 300);
    await until("the first reading", () => watched.readings.length === 1);
    await server.revokeToken(token);
    await until("denials", () => watched.faults.filter((fault) => fault.kind === "denied").length > 2);
    await watched.stop();
    expect(watched.readings.filter((reading) => reading.entries.length === 0)).toEqual([]);
    const late = store(server, token);
    mustFail(await late.get("desired/checkout/pin"), "denied");
    mustFail(await late.transact([{ kind: "create", key: "a", value: "" }]), "denied");
  });

  test("a token that never could read the folder: a denial at once, and no reading", async () => {
    const server = await consul({ acl: true });
    await server.kv.put(KEY, "1");
    const token = await server.createToken('key_prefix "rollpin/instances/" { policy = "write" }');
    const watched = startWatch(store(server, token), FOLDER, 300);
    await until("a denial", () => watched.faults.length > 1);
    await watched.stop();
    expect(watched.faults.every((fault) => fault.kind === "denied")).toBe(true);
    expect(watched.readings).toEqual([]);
  });

  test("of a transaction that is denied in part, nothing is written and the key is named", async () => {
    const server = await consul({ acl: true });
    const token = await server.createToken('key_prefix "rollpin/instances/" { policy = "write" }');
    const fault = mustFail(
      await store(server, token).transact([
        { kind: "create", key: "instances/checkout/a", value: "" },
        { kind: "create", key: "desired/checkout/pin", value: "" },
      ]),
      "denied",
    );
    expect(fault.key).toContain("rollpin/");
    expect(await server.kv.list("rollpin/")).toEqual([]);
  });

  test("a parked watch and busy other calls hold two connections; cut, they come back", async () => {
    const server = await consul();
    await server.kv.put(KEY, "1");
    const road = await openRoad(server.address);
    cleanups.push(() => road.stop());
    const opened = await storeAt({ address: road.address });
    cleanups.push(() => opened.close());
    const watched = startWatch(opened, FOLDER);
    await until("the first reading", () => watched.readings.length === 1);
    const calls = Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? opened.get(`k${at}`) : opened.transact([{ kind: "create", key: `k${at}`, value: "v" }])));
    for (const outcome of await Promise.all(calls)) must<unknown>(outcome);
    await server.kv.put(KEY, "2");
    await until("the change", () => watched.latest("desired/checkout/pin") === "2");
    expect([road.most(), road.accepted()]).toEqual([2, 2]);

    road.cut();
    await server.kv.put(KEY, "3");
    await until("the change after the cut", () => watched.latest("desired/checkout/pin") === "3", { deadlineMs: 5_000 });
    expect(text(must(await opened.get("desired/checkout/pin"))?.value)).toBe("3");
    await watched.stop();
  });

  test("frozen: reads time out, writes are unknown, and the watch goes on after the thaw", async () => {
    const server = await consul();
    await server.kv.put(KEY, "1");
    const opened = await storeAt({ address: server.address }, { timeoutMs: 500 });
    cleanups.push(() => opened.close());
    const watched = startWatch(opened, FOLDER, 1_000);
    await until("the first reading", () => watched.readings.length === 1);
    await server.pause();
    mustFail(await opened.get("desired/checkout/pin"), "timeout");
    mustFail(await opened.transact([{ kind: "delete", key: "nothing" }]), "unknown-outcome");
    await until("a fault of the watch", () => watched.faults.some((fault) => fault.kind === "timeout"));
    server.resume();
    await server.kv.put(KEY, "2");
    await until("the change", () => watched.latest("desired/checkout/pin") === "2", { deadlineMs: 15_000 });
    await watched.stop();
  });

  type Silence = readonly [name: string, begin: (road: Road) => void, end: (road: Road) => void];
  const SILENCES: readonly Silence[] = [
    ["a road on which nothing moves", (road) => road.set("stalled"), (road) => road.set("clear")],
    ["a peer that vanished and never reset anything", (road) => road.lose(), () => undefined],
  ];
  test.each(SILENCES)("%s: the parked query is given up, and the change is heard on a new connection", async (_name, begin, end) => {
    const server = await consul();
    await server.kv.put(KEY, "1");
    const road = await openRoad(server.address);
    cleanups.push(() => road.stop());
    const opened = await storeAt({ address: road.address }, { timeoutMs: 2_000 });
    cleanups.push(() => opened.close());
    const watched = startWatch(opened, FOLDER, 1_000);
    await until("the first reading", () => watched.readings.length === 1);
    const before = road.accepted();
    begin(road);
    await server.kv.put(KEY, "2");
    await until("the silence is a fault", () => watched.faults.some((fault) => fault.kind === "timeout"));
    end(road);
    await until("the change", () => watched.latest("desired/checkout/pin") === "2", { deadlineMs: 30_000 });
    expect(road.accepted()).toBeGreaterThan(before);
    await watched.stop();
  });

  test("an election: nothing is taken for empty, and writes work again", async () => {
    const server = await consul({ servers: 3 });
    await server.kv.put(KEY, "1");
    const leader = await server.leaderIndex();
    const other = server.addresses[(leader + 1) % 3] ?? "";
    const opened = await storeAt({ address: other });
    cleanups.push(() => opened.close());
    const watched = startWatch(opened, FOLDER, 1_000);
    await until("the first reading", () => watched.readings.length === 1);
    await server.kill(leader);
    const before = must(await until("a reading with a leader", async () => {
      const got = await opened.get("desired/checkout/pin");
      return got.ok && got;
    }));
    await until("a write is taken", async () => (await opened.transact([{ kind: "replace", key: "desired/checkout/pin", value: "2", modifyIndex: before?.modifyIndex ?? 0 }])).ok);
    await until("the change", () => watched.latest("desired/checkout/pin") === "2");
    await watched.stop();
    expect(watched.readings.every((reading) => reading.entries.length === 1)).toBe(true);
    expect(watched.faults.every((fault) => ["no-leader", "timeout", "unreachable"].includes(fault.kind))).toBe(true);
  });
});
