/** The table of cases that every router is held to, by what a real Consul's discovery chain comes to. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckedEndpoint, Store } from "../../../core/store/port.ts";
import { consulStore } from "../../contract/world.ts";
import { type RoutingCase, routingCases } from "../../cases/routing.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { endpoint } from "../routers/router-rig.ts";
import { readChain } from "./chain.ts";
import { type TestMesh, startMesh, viewOf } from "./mesh-rig.ts";

const SERVICE = "checkout";
let consul: ConsulServer;
let store: Store;
let mesh: TestMesh;
let revision = 0;
beforeAll(async () => {
  consul = await startConsul();
  store = consulStore(consul, "rollpin");
  await consul.http.ask("/v1/config", { method: "PUT", body: JSON.stringify({ Kind: "proxy-defaults", Name: "global", Config: { protocol: "http" } }) });
  mesh = await startMesh(store, SERVICE);
}, 60_000);
afterAll(async () => {
  await mesh.end();
  store.close();
  await consul.stop();
}, 60_000);

const NODE = "rig";
let registered: readonly string[] = [];

/** They stand in the catalog with their checks, and nothing of the case before does. */
async function register(service: string, names: readonly string[], passing: boolean, from: number): Promise<readonly CheckedEndpoint[]> {
  return Promise.all(
    names.map(async (name, index) => {
      const one = endpoint(name, from + index, passing);
      const check = { Node: NODE, CheckID: `check-${one.id}`, Name: "check", ServiceID: one.id, Status: passing ? "passing" : "critical" };
      await consul.http.ask("/v1/catalog/register", { method: "PUT", body: JSON.stringify({ Node: NODE, Address: "127.0.0.1", Service: { ID: one.id, Service: service, Port: one.port, Meta: one.meta }, Check: check }) });
      registered = [...registered, one.id];
      return one;
    }),
  );
}

async function arrange({ failing = [], failoverPassing, left, passing, pins, routes }: RoutingCase) {
  await Promise.all(registered.map((ServiceID) => consul.http.ask("/v1/catalog/deregister", { method: "PUT", body: JSON.stringify({ Node: NODE, ServiceID }) })));
  registered = [];
  const instances = [...(await register(SERVICE, passing, true, 8_000)), ...(await register(SERVICE, failing, false, 8_100))];
  const failover = failoverPassing === undefined ? undefined : await register(`${SERVICE}-backup`, Array.from({ length: failoverPassing }, () => `${SERVICE}-backup`), true, 8_200);
  revision += 1;
  return viewOf(SERVICE, { routes, pins, left, instances, failover, revision });
}

/** By what the table calls them. */
async function answers(one: Parameters<typeof readChain>[2]): Promise<Readonly<Record<string, number>>> {
  const shares: Record<string, number> = {};
  for (const [id, part] of Object.entries(await readChain(consul, SERVICE, one))) {
    const name = id.replace(/-8\d{3}$/, "");
    shares[name] = (shares[name] ?? 0) + part;
  }
  return shares;
}

const rounded = (shares: Readonly<Record<string, number>>) => Object.fromEntries(Object.entries(shares).map(([name, part]) => [name, part.toFixed(6)]));

describe("the table of cases, by Consul's discovery chain", () => {
  test.each(routingCases.filter(({ cannot = {} }) => !("mesh" in cannot)))("$name", async (one) => {
    const view = await arrange(one);
    mesh.follow(view, { mode: "enforce", isCurrent: true });
    await mesh.serves(view);
    for (const { to, ...request } of one.requests) expect(rounded(await answers(request)), JSON.stringify(request)).toEqual(rounded(typeof to === "string" ? { [to]: 1 } : to));
  });
});
