/** Clients with keep-alive see nothing of a change between two good versions: flips under load, no failed request. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { type DemoConsul, openConsul } from "../../examples/demo/consul.ts";
import { type Fleet, startFleet } from "../../examples/demo/fleet.ts";
import { type Load, type Target, openLoad } from "../../examples/demo/load.ts";
import { rollpinRunner } from "../../examples/demo/rollpin.ts";
import { systemClock } from "../../core/clock.ts";
import type { Endpoint } from "../../core/store/port.ts";
import { watchEndpoints } from "../../core/store/watch.ts";
import { testConsulBinary } from "../support/consul-server.ts";
import { until } from "../support/until.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ROLLPIN = process.env["ROLLPIN_TEST_BIN"] ?? join(ROOT, "dist", "rollpin.js");
const VERSIONS = ["1.0.0", "1.1.0"] as const;
const INSTANCES = ["demo-shop-1", "demo-shop-2", "demo-shop-3", "demo-shop-4", "demo-shop-5"];
/** `npm run prove -- flips` asks for 20. */
const FLIPS = Number(process.env["ROLLPIN_FLIPS"] ?? 6);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface World {
  readonly consul: DemoConsul;
  readonly fleet: Fleet;
  readonly load: Load;
  readonly catalog: FollowedCatalog;
  readonly folder: string;
}

interface FollowedCatalog {
  /** As Consul's catalog shows them now. */
  endpoints(): readonly Endpoint[];
  end(): Promise<void>;
}

function followCatalog({ service, store }: DemoConsul): FollowedCatalog {
  const over = new AbortController();
  let endpoints: readonly Endpoint[] = [];
  const watching = watchEndpoints(store, service, { onReading: (reading) => (endpoints = reading.endpoints), onFault: () => undefined }, { clock: systemClock, random: Math.random, signal: over.signal });
  return {
    endpoints: () => endpoints,
    async end() {
      over.abort();
      await watching;
    },
  };
}

/** Each of them in turn. */
function inTurn(catalog: FollowedCatalog): () => Target | undefined {
  let asked = 0;
  return () => {
    const endpoints = catalog.endpoints();
    const endpoint = endpoints[asked++ % endpoints.length];
    return endpoint === undefined ? undefined : { host: endpoint.address, port: endpoint.port };
  };
}

async function startWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "rollpin-flips-"));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const { CONSUL_HTTP_ADDR: _, ...env } = process.env;
  const consul = await openConsul({ ...env, PATH: `${join(testConsulBinary(), "..")}:${env["PATH"] ?? ""}` }, () => undefined, new AbortController().signal);
  if (!consul.ok) throw new Error(consul.fault);
  ends.push(() => consul.value.cleanUp(INSTANCES));
  const { env: own, prefix, service } = consul.value;
  const fleet = await startFleet({ folder, sources: join(ROOT, "examples", "demo"), rollpin: ROLLPIN, env: own, service, prefix, versions: VERSIONS, instances: INSTANCES, canaries: [], router: undefined, others: [] });
  ends.push(async () => expect(await fleet.stop()).toEqual([]));
  const load = openLoad(200);
  const catalog = followCatalog(consul.value);
  ends.push(async () => {
    await load.stop();
    await catalog.end();
  });
  return { consul: consul.value, fleet, load, catalog, folder };
}

test(`${FLIPS} flips under load: no failed request`, { timeout: 180_000 }, async () => {
  const { catalog, consul, load } = await startWorld();
  const run = rollpinRunner({ rollpin: ROLLPIN, env: consul.env, signal: new AbortController().signal });
  const pin = async (flip: number): Promise<string> => {
    const version = VERSIONS[flip % 2] ?? VERSIONS[0];
    const ran = await run(["pin", consul.service, version, "--yes"]);
    expect({ flip, exit: ran.exit, stderr: ran.exit === 0 ? "" : ran.stderr }).toEqual({ flip, exit: 0, stderr: "" });
    return version;
  };
  await until("both versions are registered by five agents", async () => {
    const [releases, instances] = [await consul.store.keys(`releases/${consul.service}/`), await consul.store.keys(`instances/${consul.service}/`)];
    return releases.ok && instances.ok && releases.value.length === 2 && instances.value.length === INSTANCES.length;
  });
  await pin(0);
  await until("the catalog shows all instances", () => catalog.endpoints().length === INSTANCES.length);
  load.begin(inTurn(catalog));
  for (let flip = 1; flip <= FLIPS; flip += 1) {
    const version = await pin(flip);
    await until(`clients are answered by ${version} everywhere`, () => {
      const last = new Map(load.answers.slice(-40).map((answer) => [answer.instance, answer.version]));
      return last.size === INSTANCES.length && [...last.values()].every((seen) => seen === version);
    });
  }
  await load.stop();
  const failed = load.answers.filter(({ outcome }) => outcome !== "ok");
  console.log(`= ${FLIPS} flips of ${INSTANCES.length} instances: ${load.answers.length} requests, ${failed.length} failed`);
  expect(load.answers.length).toBeGreaterThan(FLIPS * 100);
  expect(failed).toEqual([]);
});
