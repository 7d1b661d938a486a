/** Documents that others write into Consul, valid and broken, one after the other, under a real agent's router in use. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RouterRecord } from "../../../core/model/router-records.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { createInputs } from "../../unit/fuzz/mutate.ts";
import { createDocuments } from "../../unit/fuzz/routing-documents.ts";
import { ask, openLoad, readRecord, route, startShops } from "./cut-over.ts";

/** `npm run prove -- documents` asks for 5,000. */
const DOCUMENTS = Number(process.env["ROLLPIN_DOCUMENTS"] ?? 100);
const SEED = Number(process.env["ROLLPIN_FUZZ_SEED"] ?? 20_261_129);
/** After so many, a good one and a broken one are waited for. */
const AT_ONCE = 50;
const KEY = "rollpin/desired/shop/routes";

let consul: ConsulServer;
let agents: readonly TestAgent[] = [];
beforeAll(async () => {
  consul = await startConsul();
  agents = await startShops(consul);
  agents = [...agents, await startAgent({ consul: consul.address, service: "edge", releases: {}, yaml: 'register: false\nrouters:\n  - {kind: proxy, upstream: shop, listen: "127.0.0.1:0"}\n' })];
}, 120_000);
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.remove()));
  await consul.stop();
}, 60_000);

it(`${DOCUMENTS} documents: good ones are followed, broken ones leave the last good one, and traffic goes on`, { timeout: 120_000 + DOCUMENTS * 200 }, async () => {
  const [edge] = agents.slice(-1);
  const port = Number((await edge?.state())?.routers?.[0]?.listen?.split(":")[1]);
  const inputs = createInputs(SEED);
  const next = createDocuments(inputs);
  await route(consul, "1.0.0");
  const load = openLoad(port);
  for (let written = 0; written < DOCUMENTS; written += AT_ONCE) {
    for (let at = 0; at < AT_ONCE; at += 1) await consul.kv.put(KEY, inputs.below(2) === 0 ? next() : inputs.next([next()]));
    const good = written % (2 * AT_ONCE) === 0 ? "2.0.0" : "1.0.0";
    await consul.kv.put(KEY, `split: {"${good}": 100}`);
    // No other document names this version.
    const isFollowed = (seen: RouterRecord | undefined): boolean => seen?.split.some(({ share, wanted }) => share === good && wanted === 1) === true;
    // The broken one follows at once: it is no matter whether the good one is in history yet.
    await until("the good one is followed", async () => {
      const seen = await readRecord(consul);
      return seen?.status === "in-sync" && isFollowed(seen);
    }, { everyMs: 5 });
    await consul.kv.put(KEY, `split: {"${good}": -1}`);
    const held = await until("the broken one is met", async () => {
      const seen = await readRecord(consul);
      return seen?.status === "held" && seen;
    });
    expect(held.reason?.message).toContain("line 1, column");
    expect(isFollowed(held), JSON.stringify(held)).toBe(true);
    expect((await ask(port)).version).toBe(good);
  }
  await load.end();
  // A document may want what isn't there refused ("none: fail"), and nothing else fails.
  expect([...new Set(load.failures)].filter((failure) => !failure.includes("HTTP 503"))).toEqual([]);
  expect(load.answers.length).toBeGreaterThan(load.failures.length);
  console.log(`= ${DOCUMENTS} documents under a router in use: ${load.answers.length} requests answered, ${load.failures.length} refused as documents said`);
});
