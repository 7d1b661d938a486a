import { Agent, get } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { err } from "../../../core/model/result.ts";
import { until } from "../../support/until.ts";
import { BESIDE, type Rig, ask, createRig } from "./rig.ts";

const SWITCHES = 6;
let rig: Rig;
afterEach(() => rig.end());

describe("a new version beside the old one", () => {
  it("is announced when it is ready, and the old one leaves after that", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "slow-start");
    expect(await rig.go(rig.change({ version: "1.0.0" }))).toMatchObject({ ok: true });
    const first = rig.applier.observe();
    expect(first).toMatchObject({ state: "running", version: "1.0.0" });
    expect(await ask(rig.endpoint())).toBe("1.0.0");
    expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: true });
    expect(rig.announced.map(({ version }) => version)).toEqual(["1.0.0", "2.0.0"]);
    expect(await ask(rig.endpoint())).toBe("2.0.0");
    await until("the old one is gone", () => rig.processes().length === 1);
    expect(rig.processes()).toEqual([rig.applier.observe().pid]);
    expect(rig.applier.observe().port).not.toBe(first.port);
    expect(rig.events.find(({ event }) => event === "killed")).toBeUndefined();
  });

  it(`costs a keep-alive client no request in ${SWITCHES} switches`, async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0" }));
    const clients = Array.from({ length: 4 }, () => keepAliveClient(() => rig.endpoint()));
    for (let flip = 0; flip < SWITCHES; flip += 1) {
      const version = flip % 2 === 0 ? "2.0.0" : "1.0.0";
      expect(await rig.go(rig.change({ version }))).toMatchObject({ ok: true });
      const asked = clients.map(({ seen }) => seen.length);
      await until(`every client has seen ${version}`, () => clients.every(({ seen }, index) => seen.slice(asked[index]).includes(version)));
    }
    const results = await Promise.all(clients.map((client) => client.stop()));
    expect(results.flatMap(({ failures }) => failures)).toEqual([]);
    expect(Math.min(...results.map(({ seen }) => seen.length))).toBeGreaterThan(SWITCHES);
    await until("only one is left", () => rig.processes().length === 1);
  });

  it("is undone by telling clients of the old one, which never stopped", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0" }));
    const { pid } = rig.applier.observe();
    const change = rig.change({ version: "2.0.0" });
    expect(await rig.applier.apply(change, new AbortController().signal)).toMatchObject({ ok: true });
    expect(rig.processes()).toHaveLength(2);
    expect(await rig.applier.undo(change, "failed")).toMatchObject({ ok: true });
    expect(rig.announced.map(({ version }) => version)).toEqual(["1.0.0", "2.0.0", "1.0.0"]);
    await until("the new one is gone", () => rig.processes().length === 1);
    expect(rig.applier.observe()).toMatchObject({ state: "running", version: "1.0.0", pid });
  });

  it("that nothing preceded goes on serving when it is overtaken, until the newer one is there", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "good");
    const first = rig.change({ version: "1.0.0" });
    expect(await rig.applier.apply(first, new AbortController().signal)).toMatchObject({ ok: true });
    expect(await rig.applier.undo(first, "superseded")).toMatchObject({ ok: true });
    expect(rig.applier.observe()).toMatchObject({ state: "running", version: "1.0.0" });
    expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: true });
    await until("the overtaken one is gone", () => rig.processes().length === 1);
    expect(rig.applier.observe()).toMatchObject({ state: "running", version: "2.0.0" });
  });

  it("that can't be announced stays until clients are known to use the old one", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0" }));
    let isConsulAway = true;
    rig.answer = async () => (isConsulAway ? err({ message: "no answer", isPassing: true }) : { ok: true, value: undefined });
    const done = await rig.go(rig.change({ version: "2.0.0" }));
    expect(done).toMatchObject({ ok: false, fault: { kind: "unannounced", message: expect.stringContaining("no answer") } });
    expect(rig.applier.observe()).toMatchObject({ state: "running", version: "1.0.0" });
    expect(rig.processes()).toHaveLength(2);
    isConsulAway = false;
    await until("the new one is gone", () => rig.processes().length === 1);
    expect(rig.announced.at(-1)?.version).toBe("1.0.0");
  });

  it("is not exchanged for itself where clients can't be told: a restart waits", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0" }));
    const before = rig.applier.observe();
    rig.answer = async () => err({ message: "no answer", isPassing: true });
    const restart = { ...rig.change({ version: "1.0.0" }), restart: true, isCutOff: true as const };
    expect(await rig.applier.apply(restart, new AbortController().signal)).toMatchObject({ ok: false, fault: { kind: "unannounced" } });
    expect(rig.applier.observe()).toMatchObject({ state: "running", pid: before.pid, port: before.port });
  });

  it("gives way to a newer target at once", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "never-ready");
    await rig.go(rig.change({ version: "1.0.0" }));
    const { pid } = rig.applier.observe();
    const abort = new AbortController();
    const going = rig.go(rig.change({ version: "2.0.0" }), abort.signal);
    await until("the candidate runs", () => rig.processes().length === 2);
    abort.abort();
    expect(await going).toMatchObject({ ok: false, fault: { kind: "superseded" } });
    await until("the candidate is gone", () => rig.processes().length === 1);
    expect(rig.applier.observe()).toMatchObject({ state: "running", version: "1.0.0", pid });
    expect(rig.announced).toHaveLength(1);
  });

  it("ends right after 100 targets in 2 s, with a handful of processes at most", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0" }));
    const client = keepAliveClient(() => rig.endpoint());
    let most = 0;
    for (let flip = 0; flip < 100; flip += 1) {
      const abort = new AbortController();
      const going = rig.go(rig.change({ version: flip % 2 === 0 ? "2.0.0" : "1.0.0" }), abort.signal);
      await systemClock.sleep(20);
      abort.abort();
      await going;
      most = Math.max(most, rig.processes().length);
    }
    expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: true });
    await until("one is left", () => rig.processes().length === 1);
    expect(await ask(rig.endpoint())).toBe("2.0.0");
    expect((await client.stop()).failures).toEqual([]);
    // The current one, two that leave, and a candidate.
    expect(most).toBeLessThanOrEqual(4);
  });

  it("starts a service although Consul is away, since nothing else serves", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "good");
    rig.answer = async () => err({ message: "no leader", isPassing: true });
    expect(await rig.go(rig.change({ version: "1.0.0" }))).toMatchObject({ ok: true });
    expect(await ask(`http://127.0.0.1:${rig.applier.observe().port ?? 0}`)).toBe("1.0.0");
  });
});

describe("what the change asks for", () => {
  it("is left alone where it runs already, restarted where a restart is asked for, once", async () => {
    rig = await createRig({ ...BESIDE, restartOn: ["config"] });
    await rig.deliver("1.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0", config: "a: 1" }));
    const first = rig.applier.observe().pid;
    await rig.go(rig.change({ version: "1.0.0", config: "a: 1" }));
    await rig.go(rig.change({ version: "1.0.0", config: "a: 1", routes: "{}" }));
    await rig.go(rig.change({ version: undefined }));
    expect(rig.applier.observe().pid).toBe(first);
    const restart = rig.change({ version: "1.0.0", config: "a: 1" }, { restart: true });
    await rig.go(restart);
    const second = rig.applier.observe().pid;
    expect(second).not.toBe(first);
    await rig.go(restart);
    expect(rig.applier.observe().pid).toBe(second);
    await rig.go(rig.change({ version: "1.0.0", config: "a: 2" }));
    expect(rig.applier.observe().pid).not.toBe(second);
    expect(await ask(`${rig.endpoint()}/config`)).toBe("a: 2");
  });

  it("reaches the process: its environment, its config, and no token of the agent's", async () => {
    rig = await createRig({ ...BESIDE, environment: { LIMIT: "{{version}}/10" } });
    await rig.deliver("1.0.0", "good");
    const change = rig.change({ version: "1.0.0", config: "a: 1" });
    await rig.go(change);
    const environment: Record<string, string> = JSON.parse(await ask(`${rig.endpoint()}/environment`));
    expect(environment).toMatchObject({
      PORT: String(rig.announced[0]?.port),
      LIMIT: "1.0.0/10",
      ROLLPIN_SERVICE: "checkout",
      ROLLPIN_INSTANCE: rig.instance,
      ROLLPIN_VERSION: "1.0.0",
      ROLLPIN_REVISION: String(change.revision),
      PATH: process.env["PATH"],
    });
    expect(environment).not.toHaveProperty("CONSUL_HTTP_TOKEN");
    expect(await ask(`${rig.endpoint()}/config`)).toBe("a: 1");
    await rig.go(rig.change({ version: "1.0.0", config: "a: 2" }));
    expect(await ask(`${rig.endpoint()}/config`)).toBe("a: 2");
  });

  it("is refused where it leads out of its folder, or isn't there", async () => {
    rig = await createRig({ ...BESIDE, command: ["./releases/{{version}}/server", "{{port}}"] });
    expect(await rig.go(rig.change({ version: "../../../bin/sh" }))).toMatchObject({ ok: false, fault: { kind: "refused" } });
    expect(await rig.go(rig.change({ version: "1.0.0" }))).toMatchObject({ ok: false, fault: { kind: "refused", message: expect.stringContaining("releases/1.0.0/server isn't there") } });
    expect(rig.processes()).toEqual([]);
  });
});

interface Seen {
  readonly seen: string[];
  readonly failures: string[];
}

/** Asks again and again over kept connections, at the endpoint that is known at the time. */
function keepAliveClient(endpoint: () => string): Seen & { stop(): Promise<Seen> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const result: Seen = { seen: [], failures: [] };
  const stopped = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const url = endpoint();
      await askWith(agent, url).then(
        (body) => result.seen.push(body),
        (error: unknown) => result.failures.push(`${url}: ${String(error)}`),
      );
      await systemClock.sleep(5);
    }
    agent.destroy();
  };
  const running = run();
  return {
    ...result,
    async stop() {
      stopped.abort();
      await running;
      return result;
    },
  };
}

function askWith(agent: Agent, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk)).on("end", () => resolve(body.trim())).on("error", reject);
    }).on("error", reject);
  });
}
