/** Real agents tell a real Consul how much is to come to their instances, and its DNS says so to clients. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import type { RouterRecord } from "../../../core/model/router-records.ts";
import { createCachingResolver } from "../../support/caching-resolver.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type SrvAnswer, askSrv, askSrvByTcp } from "../../support/dns.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { startCatalogFleet } from "./catalog-rig.ts";

/** `npm run prove -- catalog-cutover` asks for 20. */
const FLIPS = Number(process.env["ROLLPIN_CATALOG_FLIPS"] ?? 2);
/** Whole seconds for which clients may keep what they are told of the shop: Consul's `dns_config.service_ttl`. */
const TTL = Number(process.env["ROLLPIN_CATALOG_TTL"] ?? 1);
const MOST = 65_535;
const yaml = (more: string) => `${more}routers:\n  - {kind: catalog, tags: ["urlprefix-/ weight={{share}}"]}\nappliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js", "{{port}}"]\n      drain: 50ms\n`;

let consul: ConsulServer;
let shops: readonly TestAgent[] = [];
beforeAll(async () => {
  consul = await startConsul({ persistent: true, config: { dns_config: { service_ttl: { shop: `${TTL}s` } } } });
  const releases = { "1.0.0": "good.js", "2.0.0": "good.js" };
  const start = (instance: string, more: string) => startAgent({ consul: consul.address, service: "shop", instance, releases, yaml: yaml(more) });
  shops = await Promise.all([start("shop-1", ""), start("shop-2", ""), start("shop-3", "track: canary\n")]);
  await until("both releases are registered", async () => (await consul.kv.get("rollpin/releases/shop/2.0.0")) !== undefined);
  await pin("1.0.0");
  await pin("2.0.0", "--track", "canary");
}, 120_000);
afterAll(async () => {
  await Promise.all(shops.map((shop) => shop.remove()));
  await consul.stop();
}, 60_000);

const pin = async (...words: string[]) => expect(await rollpin(["pin", "shop", ...words, "--yes"], { consul: consul.address })).toMatchObject({ code: 0 });
const clear = async () => expect(await rollpin(["route", "clear", "shop", "--yes"], { consul: consul.address })).toMatchObject({ code: 0 });
const route = (text: string) => consul.kv.put("rollpin/desired/shop/routes", text);

/** Weights by version, as DNS answers them now, largest first; the catalog's own words where DNS can't tell: which port has which version. */
async function weights(): Promise<Readonly<Record<string, readonly number[]>>> {
  const [answer, registered] = await Promise.all([askSrv(consul.dnsPort, "shop.service.consul"), instances()]);
  const by: Record<string, number[]> = {};
  for (const { port, weight } of answer.records) {
    const version = registered.find(({ Service }) => Service.Port === port)?.Service.Meta["version"] ?? "unknown";
    (by[version] ??= []).push(weight);
  }
  for (const list of Object.values(by)) list.sort((a, b) => b - a);
  return by;
}

interface Registered {
  readonly Service: { readonly ID: string; readonly Port: number; readonly Meta: Readonly<Record<string, string>>; readonly Tags: readonly string[] };
  readonly Checks: readonly { readonly CheckID: string; readonly Notes: string }[];
}

const instances = () => consul.http.json<readonly Registered[]>("/v1/health/service/shop");

async function records(): Promise<readonly RouterRecord[]> {
  const all = await Promise.all(shops.map(({ instance }) => consul.kv.get(`rollpin/routers/shop/${instance}`)));
  return all.map((text) => JSON.parse(text ?? "{}") as RouterRecord);
}

const shows = (wanted: Readonly<Record<string, readonly number[]>>) =>
  until(`DNS shows ${JSON.stringify(wanted)}`, async () => {
    const now = await weights();
    return isDeepStrictEqual(now, wanted) && now;
  }, { deadlineMs: 30_000 });

const inSync = () => until("all report that they are in sync", async () => (await records()).every(({ status }) => status === "in-sync"), { deadlineMs: 30_000 });

/** What two halves of 95% are beside 5%. */
const CANARY = Math.round((MOST * 0.05) / 0.475);

describe("forty instances", () => {
  const SERVICE = "crowd.service.consul";

  it("have their shares, whole by TCP and three of them by UDP, through flips in which somebody is always there", { timeout: 120_000 }, async () => {
    const member = (at: number) => ({ id: `crowd-${at}`, port: 10_000 + at, ...(at < 36 ? { version: "1.0.0", track: "stable" } : { version: "2.0.0", track: "canary" }) });
    const fleet = await startCatalogFleet(consul, "crowd", Array.from({ length: 40 }, (_, at) => member(at)), { stable: "1.0.0", canary: "2.0.0" });
    const answers: number[] = [];
    const over = new AbortController();
    const turn = async (routes: string | undefined, serving: number): Promise<Readonly<Record<"old" | "young", number>>> => {
      fleet.writes();
      fleet.turn(routes);
      const { records } = await until(`${serving} serve, and all say so`, async () => {
        const now = await askSrvByTcp(consul.dnsPort, SERVICE);
        return now.records.length === serving && fleet.records().every((record) => record?.status === "in-sync" && (routes === undefined || record.instances === serving)) && now;
      }, { deadlineMs: 60_000 });
      const sum = (isYoung: boolean) => records.filter(({ port }) => port >= 10_036 === isYoung).reduce((all, { weight }) => all + weight, 0);
      return { old: sum(false), young: sum(true) };
    };
    const asking = (async () => {
      while (!over.signal.aborted) answers.push((await askSrv(consul.dnsPort, SERVICE)).records.length);
    })();
    try {
      expect(await turn(undefined, 40)).toEqual({ old: 36, young: 4 });
      const { old, young } = await turn("split: {2.0.0: 10, pin: 90}", 40);
      expect(young / (old + young)).toBeCloseTo(0.1, 3);
      // Without a word that there is more, unless dns_config.enable_truncate is set.
      expect(await askSrv(consul.dnsPort, SERVICE)).toMatchObject({ truncated: false, records: { length: 3 } });
      expect(await turn("split: {2.0.0: 100}", 4)).toEqual({ old: 0, young: 4 * MOST });
      // Weight, mark and maintenance: two writes for each that goes, one for each that stays.
      expect(fleet.writes()).toBeLessThanOrEqual(2 * 40);
      expect(await turn("split: {1.0.0: 100}", 36)).toEqual({ old: 36 * MOST, young: 0 });
      expect(await turn(undefined, 40)).toEqual({ old: 36, young: 4 });
    } finally {
      over.abort();
      await asking;
      await fleet.end();
    }
    expect(answers.length).toBeGreaterThan(0);
    expect(answers).not.toContain(0);
  });
});

interface Answered {
  /** On the monotonic clock. */
  readonly at: number;
  readonly ports: readonly number[];
  readonly ttl: number;
}

/** Asks without end, by whom it is given. */
function askOnAndOn(ask: () => Promise<SrvAnswer>, signal: AbortSignal): { readonly answers: readonly Answered[]; readonly ended: Promise<void> } {
  const answers: Answered[] = [];
  const asking = async (): Promise<void> => {
    while (!signal.aborted) {
      const { records } = await ask();
      answers.push({ at: systemClock.monotonic(), ports: records.map(({ port }) => port), ttl: Math.max(0, ...records.map(({ ttl }) => ttl)) });
      await systemClock.sleep(1);
    }
  };
  return { answers, ended: asking() };
}

describe("a cut-over by DNS", () => {
  it(`${FLIPS} flips: somebody is always told, and the old version for a moment only, or for the TTL where answers are kept`, { timeout: 90_000 + FLIPS * 30_000 }, async () => {
    const portsOf = async (version: string) => (await instances()).flatMap(({ Service }) => (Service.Meta["version"] === version ? [Service.Port] : []));
    const byVersion = { "1.0.0": await portsOf("1.0.0"), "2.0.0": await portsOf("2.0.0") };
    const name = "shop.service.consul";
    const over = new AbortController();
    const resolve = createCachingResolver(consul.dnsPort);
    const roads = [askOnAndOn(() => askSrv(consul.dnsPort, name), over.signal), askOnAndOn(() => resolve(name), over.signal)] as const;
    const took = roads.map((): number[] => []);
    try {
      await route("split: {1.0.0: 100}");
      await shows({ "1.0.0": [MOST, MOST] });
      for (let flip = 1; flip <= FLIPS; flip += 1) {
        const [from, to] = flip % 2 === 1 ? (["1.0.0", "2.0.0"] as const) : (["2.0.0", "1.0.0"] as const);
        const names = ({ ports }: Answered, version: "1.0.0" | "2.0.0") => ports.some((port) => byVersion[version].includes(port));
        await until(`all are told ${from}`, () => roads.every(({ answers }) => answers.at(-1)?.ports.every((port) => byVersion[from].includes(port))));
        const turned = systemClock.monotonic();
        await route(`split: {${to}: 100}`);
        await shows({ [to]: byVersion[to].map(() => MOST) });
        for (const [at, { answers }] of roads.entries()) {
          const last = await until(`nobody is told ${from} any more`, () => {
            const newest = answers.at(-1);
            return newest !== undefined && newest.at > turned && !names(newest, from) && answers.findLast((answer) => names(answer, from));
          });
          took[at]?.push(Math.max(0, last.at - turned));
        }
      }
    } finally {
      over.abort();
      await Promise.all(roads.map(({ ended }) => ended));
      await clear();
    }
    const [direct, kept] = took.map((times) => times.toSorted((a, b) => a - b)).map((times) => [0.5, 0.99].map((part) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0)));
    console.log(`= catalog cut-over: ${FLIPS} flips of ${shops.length} instances; from the write to the last answer that names the old version: asked of Consul each time ${direct?.join(" ms p50, ")} ms p99; through a cache, at a TTL of ${TTL} s, ${kept?.join(" ms p50, ")} ms p99; ${roads.map(({ answers }) => answers.length).join(" and ")} answers`);
    for (const { answers } of roads) {
      expect(answers.filter(({ ports }) => ports.length === 0)).toEqual([]);
      expect(new Set(answers.map(({ ttl }) => ttl))).toEqual(new Set([TTL]));
    }
  });
});

describe("the catalog as a router", () => {
  it("gives versions their shares in DNS, takes out who is to have none, and leaves nothing behind", { timeout: 120_000 }, async () => {
    await shows({ "1.0.0": [1, 1], "2.0.0": [1] });
    await route("split: {2.0.0: 5, pin: 95}");
    await shows({ "1.0.0": [MOST, MOST], "2.0.0": [CANARY] });
    await inSync();
    expect((await instances()).find(({ Service }) => Service.ID === "shop-3")?.Service.Tags).toEqual(["urlprefix-/ weight=0.05"]);
    await route("split: {2.0.0: 100}\nrules:\n  - {match: {path: /}, split: {pin: 1}}");
    await shows({ "2.0.0": [MOST] });
    await inSync();
    // Each is in sync by itself, and hears of the others' steps when it looks next.
    const first = await until("the first one has heard that only one is left", async () => {
      const [now] = await records();
      return now?.instances === 1 && now;
    });
    expect(first).toMatchObject({ kind: "catalog", split: [{ share: "2.0.0", wanted: 1, to: "2.0.0" }], notes: [expect.stringContaining("rules") as string], instances: 1 });
    expect((await instances()).flatMap(({ Checks }) => Checks.map(({ Notes }) => Notes)).filter((notes) => notes !== "")).toEqual(Array.from({ length: 2 }, () => "rollpin: the routes of shop send nothing to 1.0.0"));
    await clear();
    await shows({ "1.0.0": [1, 1], "2.0.0": [1] });
    await inSync();
  });

  it("goes on with routes that a hand deleted, and says how to go without", { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "rp-routes-"));
    const file = join(folder, "routes.yaml");
    await writeFile(file, "split: {2.0.0: 100}");
    expect(await rollpin(["route", "set", "shop", file, "--yes"], { consul: consul.address })).toMatchObject({ code: 0 });
    await rm(folder, { recursive: true });
    await shows({ "2.0.0": [MOST] });
    await consul.kv.delete("rollpin/desired/shop/routes");
    await until("all have seen that it is gone", async () => (await records()).every(({ reason, status }) => status === "held" && reason?.code === "vanished"), { deadlineMs: 30_000 });
    expect(await weights()).toEqual({ "2.0.0": [MOST] });
    const status = await rollpin(["status", "shop"], { consul: consul.address });
    expect(status.stdout.replaceAll(/\s+/g, " ")).toContain('The accepted routes go on. To go without, run "rollpin route clear shop"; "rollpin rollback shop --only routes" puts the accepted state back.');
    await clear();
    await shows({ "1.0.0": [1, 1], "2.0.0": [1] });
    await inSync();
  });

  it("keeps it so over a restart of the agent and a registration that a hand changed, and never ends a person's maintenance", { timeout: 120_000 }, async () => {
    await route("{}");
    await shows({ "1.0.0": [MOST, MOST] });
    const [, second, canary] = shops as [TestAgent, TestAgent, TestAgent];
    await canary.kill();
    await canary.start();
    await inSync();
    await consul.http.ask("/v1/agent/service/maintenance/shop-3?enable=false", { method: "PUT" });
    await until("it is kept back again", async () => (await instances()).some(({ Checks }) => Checks.some(({ CheckID }) => CheckID === "_service_maintenance:shop-3")));
    await consul.http.ask(`/v1/agent/service/maintenance/${second.instance}?enable=true&reason=looking`, { method: "PUT" });
    await shows({ "1.0.0": [MOST] });
    await route("split: {2.0.0: 50, pin: 50}");
    await shows({ "1.0.0": [MOST], "2.0.0": [MOST] });
    await clear();
    await shows({ "1.0.0": [1], "2.0.0": [1] });
    await consul.http.ask(`/v1/agent/service/maintenance/${second.instance}?enable=false`, { method: "PUT" });
    await shows({ "1.0.0": [1, 1], "2.0.0": [1] });
  });

  it("leaves nothing behind when the service is let go", { timeout: 120_000 }, async () => {
    await route("split: {2.0.0: 100}");
    await shows({ "2.0.0": [MOST] });
    expect(await rollpin(["eject", "shop", "--yes"], { consul: consul.address })).toMatchObject({ code: 0 });
    await shows({ "1.0.0": [1, 1], "2.0.0": [1] });
    expect((await instances()).filter(({ Service }) => Object.keys(Service.Meta).includes("rollpin-kept-back"))).toEqual([]);
  });
});
