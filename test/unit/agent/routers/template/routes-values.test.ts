import * as fc from "fast-check";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { determineView } from "../../../../../agent/routers/determine-view.ts";
import { groupName, wordOf } from "../../../../../agent/routers/template/group-name.ts";
import { type RoutesValues, routesValuesOf } from "../../../../../agent/routers/template/routes-values.ts";
import type { View } from "../../../../../agent/routers/view.ts";
import { createRenderer } from "../../../../../agent/template/render.ts";
import { parseRoutes } from "../../../../../core/config/parse-routes.ts";
import { UNREAD } from "../../../../../core/decide/routing/routed-request.ts";
import { NO_ROUTES, type Routes } from "../../../../../core/model/routes.ts";
import type { CheckedEndpoint } from "../../../../../core/store/port.ts";

interface Shown {
  readonly address?: string;
  readonly version?: string;
  readonly track?: string;
  readonly port?: number;
}

function viewOf(text: string | undefined, instances: readonly Shown[] = [{ version: "1.0.0" }, { version: "2.0.0" }], pins: Readonly<Record<string, string>> = { stable: "1.0.0" }): View {
  const seen = instances.map(({ address = "10.0.0.1", port, track, version = "1.0.0" }, index): CheckedEndpoint => ({ id: `c-${index}`, node: "n", address, port: port ?? 8_001 + index, tags: [], meta: { version, ...(track === undefined ? {} : { track }) }, passing: true }));
  return determineView({ service: "checkout", revision: 1, state: { pins, routes: text }, routes: routesIn(text), left: [], instances: seen, failover: undefined, hold: undefined });
}

function routesIn(text: string | undefined): Routes {
  const parsed = text === undefined ? undefined : parseRoutes(text, "routes");
  if (parsed?.ok === false) throw new Error(JSON.stringify(parsed.fault));
  return parsed?.value ?? NO_ROUTES;
}

const valuesOf = (view: View, more: { readonly caller?: string } = {}): RoutesValues => routesValuesOf({ view, upstream: "checkout", caller: "shop", listen: "127.0.0.1:8080", log: undefined, ...more });

describe("what the template of a router may read", () => {
  it("groups have their instances, and runs say who takes how much", () => {
    expect(valuesOf(viewOf("split: {2.0.0: 5, pin: 95}"))).toEqual({
      upstream: "checkout",
      word: "checkout",
      caller: "shop",
      listen: "127.0.0.1:8080",
      none: "hold",
      headers: [],
      services: [{ name: "checkout", instances: [{ address: "10.0.0.1", ip: true, port: 8_001, authority: "10.0.0.1:8001", version: "1.0.0", track: "stable" }, { address: "10.0.0.1", ip: true, port: 8_002, authority: "10.0.0.1:8002", version: "2.0.0", track: "stable" }] }],
      groups: [
        { name: "checkout_1.0.0", service: "checkout", version: "1.0.0", instances: [{ address: "10.0.0.1", ip: true, port: 8_001, authority: "10.0.0.1:8001", version: "1.0.0", track: "stable" }] },
        { name: "checkout_2.0.0", service: "checkout", version: "2.0.0", instances: [{ address: "10.0.0.1", ip: true, port: 8_002, authority: "10.0.0.1:8002", version: "2.0.0", track: "stable" }] },
      ],
      runs: [
        { from: 0, to: 500, slots: 500, percent: "5.00", group: "checkout_2.0.0" },
        { from: 500, to: 10_000, slots: 9_500, percent: "95.00", group: "checkout_1.0.0" },
      ],
      rules: [],
    });
  });

  it("rules that this caller can match keep their numbers, with conditions and a pattern", () => {
    const view = viewOf("sticky: {header: X-User}\nrules:\n  - {match: {caller: mobile}, split: {2.0.0: 1}}\n  - {match: {header: {X-Beta: {prefix: o}}, cookie: {g: {present: false}}, path: /a, method: GET, caller: shop}, split: {2.0.0: 1}}");
    const { headers, rules, sticky } = valuesOf(view);
    expect(rules).toMatchObject([{ number: 2, methods: ["GET"], path: "/a", headers: [{ name: "x-beta", prefix: "o" }], cookies: [{ name: "g", present: false }], runs: [{ group: "checkout_2.0.0", slots: 10_000 }] }]);
    expect(sticky).toMatchObject({ from: "header", name: "x-user" });
    expect(headers).toEqual(["cookie", "x-beta", "x-user"]);
  });

  it("goes to nobody where nothing takes it", () => {
    expect(valuesOf(viewOf("split: {2.0.0: 50, pin: 50}\nnone: fail", [{ version: "1.0.0" }])).runs).toEqual([{ from: 0, to: 5_000, slots: 5_000, percent: "50.00" }, { from: 5_000, to: 10_000, slots: 5_000, percent: "50.00", group: "checkout_1.0.0" }]);
    expect(valuesOf(viewOf(undefined, []))).toMatchObject({ groups: [], runs: [{ from: 0, to: 10_000 }] });
  });

  it("what is no address stands nowhere, and one of IPv6 is in brackets", () => {
    const { groups } = valuesOf(viewOf(undefined, ["10.0.0.1; evil", "-x", "a b", "a\nb", "fd00::5", "host-1.example", "$host"].map((address) => ({ address, port: 80 }))));
    expect(groups[0]?.instances.map(({ authority }) => authority)).toEqual(["[fd00::5]:80", "host-1.example:80"]);
  });

  it("has each slot go where the decision of every router has it go", () => {
    const names = fc.constantFrom("1.0.0", "2.0.0", "3.0.0", "pin", "track:green", '"^2.0"');
    const split = fc.uniqueArray(fc.tuple(names, fc.integer({ min: 1, max: 1_000 })), { minLength: 1, maxLength: 4, selector: ([name]) => name }).map((all) => `{${all.map(([name, weight]) => `${name.startsWith("track") ? `"${name}"` : name}: ${weight}`).join(", ")}}`);
    const instance = fc.record({ version: fc.constantFrom("1.0.0", "2.0.0", "2.0.1"), track: fc.constantFrom("stable", "green") });
    fc.assert(
      fc.property(split, fc.constantFrom("hold", "fail"), fc.array(instance, { maxLength: 5 }), fc.integer({ min: 0, max: 9_999 }), (written, none, instances, slot) => {
        const view = viewOf(`split: ${written}\nnone: ${none}`, instances, { stable: "1.0.0", green: "2.0.0" });
        const { destination } = view.compiled.decide(UNREAD, slot / 10_000 + 0.000_01);
        const found = valuesOf(view).runs.filter(({ from, to }) => from <= slot && slot < to);
        expect(found.map(({ group }) => group)).toEqual([destination === undefined ? undefined : groupName(destination)]);
      }),
    );
  });
});

describe("names in a rendered file", () => {
  const any = { service: "checkout", version: undefined, track: undefined, exceptTrack: undefined };

  it("say the kind where they can, and differ wherever it does", () => {
    expect(groupName(any)).toBe("checkout");
    expect(groupName({ ...any, version: "1.4.2", track: "green" })).toBe("checkout_1.4.2_green");
    expect(groupName({ ...any, track: "green" })).toBe("checkout__green");
    const odd = ["1.0.0-RC1", "1.0.0-rc1", "1+b", "1-b", "1_green", "any", "1"].map((version) => groupName({ ...any, version }));
    expect(new Set([...odd, groupName({ ...any, version: "1", track: "green" })].map((name) => name.toLowerCase())).size).toBe(odd.length + 1);
    for (const name of odd) expect(name).toMatch(/^[a-z0-9._-]+$/);
  });

  it("are short where they are part of a variable", () => {
    expect(wordOf("pay-api")).toBe("pay_api");
    const long = ["a", "b"].map((end) => wordOf(`${"x-".repeat(31)}${end}`));
    expect(new Set(long).size).toBe(2);
    for (const word of long) expect(word).toMatch(/^\w{1,24}$/);
  });
});

describe("the example for nginx", () => {
  const example = new URL("../../../../../examples/nginx/upstream.conf.liquid", import.meta.url);

  it("renders each kind of document", async () => {
    const renderer = createRenderer(fileURLToPath(example));
    for (const text of [undefined, "split: {2.0.0: 1, pin: 99}\nsticky: {cookie: session}", "rules:\n  - {match: {header: {x-a: b}, cookie: {c: {present: true}}}, split: {2.0.0: 1}}"]) {
      const rendered = await renderer.render(valuesOf(viewOf(text)));
      expect(rendered).toMatchObject({ ok: true, value: expect.stringContaining("upstream rollpin_checkout_1.0.0 {\n  server 10.0.0.1:8001 max_fails=1 fail_timeout=10s;") });
    }
  });
});
