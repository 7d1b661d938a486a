/** A router of a real agent, in front of real services, going by what stands in a real Consul. */
import { appendFile, readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import type { RouterRecord } from "../../../core/model/records.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

/** `npm run prove -- cutover` asks for 20 flips and 100,000 requests. */
const IS_LONG = process.env["ROLLPIN_CUTOVER_FLIPS"] !== undefined;
const FLIPS = Number(process.env["ROLLPIN_CUTOVER_FLIPS"] ?? 4);
const REQUESTS = Number(process.env["ROLLPIN_CUTOVER_REQUESTS"] ?? 1_500);
const PER_SECOND = 500;

/** Says which version answers, and when it does, by the clock of this machine: a busy client may read it later. */
const SERVICE = `import { createServer } from "node:http";
createServer((_, response) => response.end(process.env.ROLLPIN_VERSION + " " + Date.now())).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

let consul: ConsulServer;
let shops: readonly TestAgent[] = [];
beforeAll(async () => {
  consul = await startConsul();
  const releases = { "1.0.0": SERVICE, "2.0.0": SERVICE };
  shops = await Promise.all([
    startAgent({ consul: consul.address, service: "shop", instance: "shop-1", releases }),
    startAgent({ consul: consul.address, service: "shop", instance: "shop-2", releases, yaml: `track: canary\nappliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js", "{{port}}"]\n` }),
  ]);
  await until("both releases are registered", async () => (await consul.kv.get("rollpin/releases/shop/2.0.0")) !== undefined);
  for (const words of [["1.0.0"], ["2.0.0", "--track", "canary"]]) expect(await rollpin(["pin", "shop", ...words, "--yes"], { consul: consul.address })).toMatchObject({ code: 0 });
}, 120_000);
afterAll(async () => {
  await Promise.all(shops.map((shop) => shop.remove()));
  await consul.stop();
}, 60_000);

const edges: TestAgent[] = [];
afterEach(async () => {
  for (const edge of edges.splice(0)) {
    // Its record goes with it, so that the next may have its name.
    await edge.stop();
    await edge.remove();
  }
  await consul.kv.put("rollpin/desired/shop/routes", "{}");
});

async function startEdge(more = ""): Promise<TestAgent> {
  const edge = await startAgent({ consul: consul.address, service: "edge", releases: {}, yaml: `register: false\nrouters:\n  - {kind: proxy, upstream: shop, listen: "127.0.0.1:0"${more}}\n` });
  edges.push(edge);
  return edge;
}

async function portOf(edge: TestAgent): Promise<number> {
  return Number((await edge.state()).routers?.[0]?.listen.split(":")[1]);
}

async function record(): Promise<RouterRecord | undefined> {
  const text = await consul.kv.get("rollpin/routers/shop/edge-1");
  return text === undefined ? undefined : (JSON.parse(text) as RouterRecord);
}

const serves = (version: string) =>
  until(`the router reports that all goes to ${version}`, async () => {
    const seen = await record();
    return seen?.status === "in-sync" && seen.split.every(({ share, to, wanted }) => share === version || to === version || wanted === 0) && seen;
  });

async function route(share: string): Promise<RouterRecord> {
  await consul.kv.put("rollpin/desired/shop/routes", `split: {"${share}": 100}`);
  return serves(share);
}

interface Answer {
  readonly version: string;
  /** When the service answered. */
  readonly at: number;
}

function ask(port: number, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: "127.0.0.1", agent, timeout: 30_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).once("error", reject);
      response.once("end", () => {
        const [version = "", at] = text.split(" ");
        if (response.statusCode === 200) resolve({ version, at: Number(at) });
        else reject(new Error(`HTTP ${response.statusCode}: ${text}`));
      });
    });
    asked.once("timeout", () => asked.destroy(new Error("no answer within 30 s"))).once("error", reject);
    asked.end();
  });
}

/** Keep-alive clients at a steady rate: requests are begun on time, whatever becomes of those before. */
function openLoad(port: number): { readonly answers: Answer[]; readonly failures: string[]; end(): Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const answers: Answer[] = [];
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  const over = new AbortController();
  const run = async (): Promise<void> => {
    const begun = systemClock.monotonic();
    for (let number = 0; !over.signal.aborted; ) {
      for (const due = ((systemClock.monotonic() - begun) * PER_SECOND) / 1_000; number < due; number += 1) {
        const one = ask(port, agent).then((answer) => void answers.push(answer), (error: unknown) => void failures.push(String(error))).finally(() => underWay.delete(one));
        underWay.add(one);
      }
      await pause(5);
    }
  };
  const running = run();
  return {
    answers,
    failures,
    async end() {
      over.abort();
      await running;
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}

describe("a router of a real agent", () => {
  it(`${FLIPS} flips of the routes under load: no failed request, and none answered by the old version after the report`, { timeout: 180_000 + REQUESTS * 4 }, async () => {
    const port = await portOf(await startEdge());
    await route("1.0.0");
    const load = openLoad(port);
    const reported: { readonly at: number; readonly version: string }[] = [{ at: systemClock.now(), version: "1.0.0" }];
    for (let flip = 1; flip <= FLIPS; flip += 1) {
      await until("enough requests came", () => load.answers.length >= (REQUESTS * flip) / (FLIPS + 1), { deadlineMs: 60_000 + REQUESTS * 10 });
      const version = flip % 2 === 0 ? "1.0.0" : "2.0.0";
      // From here on both may answer, until the report.
      reported.push({ at: systemClock.now(), version: "" });
      await route(version);
      // A service's clock tells whole milliseconds.
      reported.push({ at: systemClock.now() + 1, version });
    }
    await until("enough requests came", () => load.answers.length >= REQUESTS, { deadlineMs: 60_000 + REQUESTS * 10 });
    await load.end();
    const wrong = load.answers.filter(({ at: answeredAt, version }) => {
      const last = reported.findLast(({ at }) => at <= answeredAt);
      return last !== undefined && last.version !== "" && last.version !== version;
    });
    console.log(`= cut-over: ${FLIPS} flips, ${load.answers.length} requests at ${PER_SECOND}/s, ${load.failures.length} failed, ${wrong.length} answered by the old version after the report`);
    expect(load.failures).toEqual([]);
    expect(wrong).toEqual([]);
  });

  it(`keeps its port over a reload of the file${IS_LONG ? " and an upgrade of the agent" : ""}: no failed request`, { timeout: 120_000 }, async () => {
    const edge = await startEdge();
    const port = await portOf(edge);
    await route("1.0.0");
    const load = openLoad(port);
    await until("requests came", () => load.answers.length > 100);
    await appendFile(join(edge.folder, "rollpin.yaml"), "# read again\n");
    await until("the file was read again", async () => (await edge.log()).includes('"reload"'));
    const reloaded = load.answers.length;
    await until("requests came", () => load.answers.length > reloaded + 100);
    if (IS_LONG) await edge.upgrade();
    const upgraded = load.answers.length;
    await until("requests came", () => load.answers.length > upgraded + 100);
    await load.end();
    expect(load.failures).toEqual([]);
    // Its local HTTP is away for a moment while the file is read again.
    expect(await until("it says where it listens", () => portOf(edge))).toBe(port);
  });

  it("is waited for by a command that moves traffic, and shown by status", { timeout: 120_000 }, async () => {
    const edge = await startEdge();
    await route("pin");
    const ran = await rollpin(["pin", "shop", "2.0.0", "--yes", "-o", "json"], { consul: consul.address });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ receipt: { state: "complete", services: [{ routers: { "edge-1": { standing: "applied" } } }] } });
    expect((await ask(await portOf(edge))).version).toBe("2.0.0");
    const status = await rollpin(["status", "shop"], { consul: consul.address });
    expect(status.stdout).toContain("router edge-1: 100% to 2.0.0");
    expect(await edge.stop()).toBe(0);
    expect(await record()).toBeUndefined();
    const back = await rollpin(["pin", "shop", "1.0.0", "--yes"], { consul: consul.address });
    expect(back, back.stderr).toMatchObject({ code: 0 });
    expect(back.stdout + back.stderr).not.toContain("router");
  });

  it("goes by the routes of Consul, on with the last good ones where they are bad, and without Consul, also after a restart", { timeout: 120_000 }, async () => {
    const edge = await startEdge();
    await route("2.0.0");
    expect((await ask(await portOf(edge))).version).toBe("2.0.0");
    // What isn't in history yet isn't what garbage is measured by.
    await until("the flip is in history", async () => {
      const [seen, head] = [await record(), await consul.kv.get("rollpin/desired/shop/head")];
      return seen !== undefined && (JSON.parse(head ?? "{}") as { readonly digest?: string }).digest === seen.digest;
    });
    await consul.kv.put("rollpin/desired/shop/routes", "split: {2.0.0: -1}");
    const held = await until("it holds", async () => {
      const seen = await record();
      return seen?.status === "held" && seen;
    });
    expect(held.reason?.message).toMatch(/desired\/shop\/routes/);
    expect((await ask(await portOf(edge))).version).toBe("2.0.0");
    await route("2.0.0");
    await until("it is on disk", async () => (await edge.log()) !== "" && (await fileOf(edge)).includes("2.0.0"));
    await consul.pause();
    expect((await ask(await portOf(edge))).version).toBe("2.0.0");
    await edge.kill();
    await edge.start();
    const port = await until("it listens again", () => portOf(edge));
    expect((await ask(port)).version).toBe("2.0.0");
    consul.resume();
    await route("1.0.0");
    expect((await ask(port)).version).toBe("1.0.0");
  });
});

const fileOf = ({ folder }: TestAgent): Promise<string> => readFile(join(folder, "rollpin-state", "upstreams", "shop.json"), "utf8");
