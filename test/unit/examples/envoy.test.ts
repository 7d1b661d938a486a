import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { determineView } from "../../../agent/routers/determine-view.ts";
import { routesValuesOf } from "../../../agent/routers/template/routes-values.ts";
import { createRenderer } from "../../../agent/template/render.ts";
import type { CheckedEndpoint } from "../../../core/store/port.ts";
import { type RoutingCase, routingCases } from "../../cases/routing.ts";
import { routesOf } from "../decide/routing/routing-case.ts";
import { clustersFile, routesFile, sharesOf } from "./envoy-model.ts";

async function rendered(name: string, values: object): Promise<unknown> {
  const text = await createRenderer(fileURLToPath(new URL(`../../../examples/envoy/${name}`, import.meta.url))).render(values);
  if (!text.ok) throw new Error(text.fault);
  return parse(text.value) as unknown;
}

function endpointsOf(names: readonly string[], first: number, passing: boolean): readonly CheckedEndpoint[] {
  return names.map((name, index) => {
    const [version = "", track = "stable"] = name.split("@");
    return { id: name, node: "n", address: "127.0.0.1", port: first + index, tags: [], meta: { version, track }, passing };
  });
}

/** Both files, and who answers at which port. */
async function situationOf({ failing = [], failoverPassing, left = [], passing, pins = { stable: "1.0.0" }, routes }: RoutingCase, caller: string) {
  const backups = failoverPassing === undefined ? undefined : { service: "checkout-backup", endpoints: endpointsOf(Array.from({ length: failoverPassing }, () => "9.9.9"), 900, true) };
  const view = determineView({ service: "checkout", revision: 1, state: { pins, routes }, routes: routesOf(routes), left, instances: [...endpointsOf(passing, 100, true), ...endpointsOf(failing, 500, false)], failover: backups, hold: undefined });
  const values = routesValuesOf({ view, upstream: "checkout", caller, listen: "127.0.0.1:8080", log: undefined });
  const nameOf = (port: number | "none"): string => (port === "none" ? port : port >= 900 ? "checkout-backup" : (passing[port - 100] ?? `nobody at ${port}`));
  return { routes: routesFile.parse(await rendered("routes.yaml.liquid", values)), clusters: clustersFile.parse(await rendered("clusters.yaml.liquid", values)), nameOf };
}

describe("the table of cases, through the example's files as Envoy documents what it does with them", () => {
  test.each(routingCases.filter(({ cannot = {} }) => !("envoy" in cannot)))("$name", async (one) => {
    for (const { caller = "shop", headers = {}, method = "GET", path = "/", to } of one.requests) {
      const { clusters, nameOf, routes } = await situationOf(one, caller);
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const found: Record<string, number> = {};
      for (const [port, share] of sharesOf(routes, clusters, { method, path, headers: lower })) found[nameOf(port)] = (found[nameOf(port)] ?? 0) + share;
      const wanted = typeof to === "string" ? { [to]: 1 } : to;
      expect(Object.keys(found).sort(), JSON.stringify({ headers, method, path })).toEqual(Object.keys(wanted).sort());
      for (const [name, part] of Object.entries(wanted)) expect(found[name], name).toBeCloseTo(part, 3);
    }
  });
});

const one = (routes: string, passing = ["1.0.0", "2.0.0"]): RoutingCase => ({ name: "", routes, passing, requests: [] });

it("cookies: any of a name", async () => {
  const { clusters, nameOf, routes } = await situationOf(one("rules:\n  - {match: {cookie: {group.x: {prefix: be}, no: {present: false}}}, split: {2.0.0: 1}}"), "shop");
  const to = (cookie?: string) => [...sharesOf(routes, clusters, { method: "GET", path: "/", headers: cookie === undefined ? {} : { cookie } }).keys()].map(nameOf);
  expect(["group.x=beta", "a=b; group.x=be", "group.x = bet,c=d"].map((cookie) => to(cookie))).toEqual([["2.0.0"], ["2.0.0"], ["2.0.0"]]);
  expect([undefined, "groupxx=beta", "agroup.x=beta", "group.x=alpha", "group.x=beta; no=1", "x=group.x=beta"].map((cookie) => to(cookie))).toEqual(Array.from({ length: 6 }, () => ["1.0.0"]));
});

it("sticky: weights are runs of slots in their order, so that a share which grows only adds users", async () => {
  const { routes } = await situationOf(one("split: {2.0.0: 5, 3.0.0: 20, pin: 75}\nsticky: {cookie: session}", ["1.0.0", "2.0.0", "3.0.0"]), "shop");
  const action = routes.resources[0].virtual_hosts[0].routes.at(-1)?.route;
  expect(action?.hash_policy).toEqual([{ cookie: { name: "session" } }]);
  expect(action?.weighted_clusters).toMatchObject({ use_hash_policy: true, clusters: [{ weight: 500 }, { weight: 7_500 }, { weight: 2_000 }] });
});

it("a flip of routes changes nothing about clusters", async () => {
  const [before, after] = await Promise.all([situationOf(one("split: {2.0.0: 1}"), "shop"), situationOf(one("split: {1.0.0: 1}\nrules:\n  - {match: {path: /a}, split: {2.0.0: 1}}"), "shop")]);
  expect(before.clusters).toEqual(after.clusters);
});
