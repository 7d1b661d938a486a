/** From routes to the entries that Consul's mesh is told, and the way there, write by write. */
import { array, assert, constant, constantFrom, dictionary, integer, oneof, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRoutes } from "../../../../core/config/parse-routes.ts";
import { type WantedMesh, determineMesh } from "../../../../core/decide/mesh/determine-mesh.ts";
import { type MeshPlan, planMeshWrite } from "../../../../core/decide/mesh/plan-mesh-write.ts";
import { subsetName } from "../../../../core/decide/mesh/subsets.ts";
import type { RoutingFacts } from "../../../../core/decide/routing/routing-facts.ts";
import { type MeshEntryKind, meshEntryKinds } from "../../../../core/model/mesh-entries.ts";
import { NO_ROUTES, type Routes } from "../../../../core/model/routes.ts";
import { type Present, chainOf } from "./chain-of.ts";

const routesOf = (text: string | undefined): Routes => {
  if (text === undefined) return NO_ROUTES;
  const parsed = parseRoutes(text, "routes");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
  return parsed.value;
};

interface Told {
  readonly routes?: string | undefined;
  readonly pin?: string;
  /** `1.0.0`, `1.0.0@green`; with `!` where it doesn't pass. */
  readonly instances?: readonly string[];
  readonly isSplittable?: boolean;
}

function wantedBy({ instances = ["1.0.0", "2.0.0"], isSplittable = true, pin = "1.0.0", routes }: Told): WantedMesh {
  const facts: RoutingFacts = {
    service: "checkout",
    pins: { stable: pin, green: "2.0.0" },
    left: [],
    failoverPassing: 1,
    instances: instances.map((name) => {
      const [version, track = "stable"] = name.replace("!", "").split("@");
      return { version, track, passing: !name.endsWith("!") };
    }),
  };
  return determineMesh({ routes: routesOf(routes), facts, isSplittable });
}

const planOf = (present: Present, wanted: WantedMesh, more: { readonly adopt?: readonly MeshEntryKind[]; readonly revision?: number } = {}): MeshPlan =>
  planMeshWrite({ service: "checkout", present, wanted, prefix: "rollpin", revision: 7, adopt: [], ...more });

/** Every state on the way, the last one included. */
function walk(from: Present, wanted: WantedMesh): readonly { readonly wrote: MeshEntryKind; readonly present: Present }[] {
  const steps: { readonly wrote: MeshEntryKind; readonly present: Present }[] = [];
  let present = from;
  for (let index = 1; ; index += 1) {
    const plan = planOf(present, wanted);
    if (plan.kind !== "write") return steps;
    if (index > 8) throw new Error(`it comes to no end: ${JSON.stringify(plan)}`);
    present = { ...present, [plan.entry.kind]: { ...plan.entry, modifyIndex: index } };
    steps.push({ wrote: plan.entry.kind, present });
  }
}

const settled = (told: Told): Present => walk({}, wantedBy(told)).at(-1)?.present ?? {};
const V1 = 'Service.Meta.version == "1.0.0"';
const V2 = 'Service.Meta.version == "2.0.0"';

describe("what the mesh is told", () => {
  it("is a default subset where all goes to the pin, and nothing more", () => {
    const wanted = wantedBy({});
    expect(wanted.fields["service-resolver"]).toEqual({ DefaultSubset: "v1-0-0", Subsets: { "v1-0-0": { Filter: V1, OnlyPassing: true }, "v2-0-0": { Filter: V2, OnlyPassing: true } } });
    expect(walk({}, wanted).map(({ wrote }) => wrote)).toEqual(["service-resolver"]);
  });

  it.each([
    ["split: {2.0.0: 5, pin: 95}", { [V1]: 95, [V2]: 5 }],
    ["split: {2.0.0: 1, pin: 2}", { [V1]: 66.67, [V2]: 33.33 }],
    ['split: {"track:green": 10, pin: 90}', { [V1]: 100 }],
    ["split: {3.0.0: 50, pin: 50}\nnone: fail", { [V1]: 50, 'Service.ID == ""': 50 }],
    ["failover: {to: backup, active: true}", { backup: 100 }],
  ])("%s", (routes, shares) => {
    expect(chainOf(settled({ routes }))).toEqual(shares);
  });

  it("goes by rules that a service-router can look at, in their order, and by no others", () => {
    const routes = 'rules:\n  - {match: {cookie: {a: b}}, split: {2.0.0: 1}}\n  - {match: {header: {x-beta: "on"}, method: [GET, PURGE]}, split: {2.0.0: 9, pin: 1}}\n  - {match: {path: /a}, split: {pin: 1}}\nsplit: {2.0.0: 50, pin: 50}';
    const present = settled({ routes });
    expect(present["service-router"]?.fields).toEqual({
      Routes: [
        { Match: { HTTP: { Methods: ["GET", "PURGE"], Header: [{ Name: "x-beta", Exact: "on" }] } }, Destination: { ServiceSubset: "v2-0-0" } },
        { Match: { HTTP: { PathPrefix: "/a" } }, Destination: { ServiceSubset: "main" } },
      ],
    });
    expect(chainOf(present, { path: "/a" })).toEqual({ [V1]: 100 });
    expect(chainOf(present, { path: "/b" })).toEqual({ [V1]: 50, [V2]: 50 });
  });

  it("names a method once that a rule names twice: Consul would refuse the router", () => {
    const present = settled({ routes: "rules: [{match: {method: [GET, HEAD, GET]}, split: {2.0.0: 1}}]" });
    expect(present["service-router"]?.fields["Routes"]).toEqual([{ Match: { HTTP: { Methods: ["GET", "HEAD"] } }, Destination: { ServiceSubset: "v2-0-0" } }]);
  });

  it("is a resolver alone where the service speaks no HTTP: all to the largest share, or to the service that takes over", () => {
    expect(chainOf(settled({ isSplittable: false, routes: "split: {2.0.0: 60, pin: 40}\nrules: [{match: {path: /}, split: {pin: 1}}]" }))).toEqual({ [V2]: 100 });
    const failedOver = settled({ isSplittable: false, routes: "failover: {to: backup, active: true}" });
    expect(chainOf(failedOver)).toEqual({ backup: 100 });
    expect(Object.keys(failedOver)).toEqual(["service-resolver"]);
  });

  it("names subsets by what tells them apart, in names that Consul takes", () => {
    const one = { service: "checkout", track: undefined, exceptTrack: undefined };
    const names = ["1.0.0", "1-0-0", "1.0.0-rc.1", "1.0.0-RC.1", "1_0_0", "1.0.0+x", `${"1".repeat(20)}.0`, "v1", "a".repeat(128), "a".repeat(127)].map((version) => subsetName({ ...one, version }));
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name))).toEqual([]);
    expect(subsetName({ ...one, version: "1.0.0", track: "green" })).not.toBe(subsetName({ ...one, version: "1.0.0", exceptTrack: "green" }));
  });

  it("puts nothing into a filter that isn't a version", () => {
    const { fields } = wantedBy({ instances: ["1.0.0", '9" or "1" == "1'], routes: 'split: {">=1": 1}' });
    expect(JSON.stringify(fields)).not.toContain("or");
  });
});

describe("the way there", () => {
  const THREE = ["1.0.0", "2.0.0", "3.0.0-rc.1"];
  const SPLIT = "split: {2.0.0: 25, pin: 75}";
  it.each<[string, Told, Told, readonly MeshEntryKind[]]>([
    ["a pin that moves is the resolver's alone", {}, { pin: "2.0.0" }, ["service-resolver"]],
    ["and beside a split it stays so", { routes: "split: {3.0.0-rc.1: 25, pin: 75}", instances: THREE }, { routes: "split: {3.0.0-rc.1: 25, pin: 75}", pin: "2.0.0", instances: THREE }, ["service-resolver"]],
    ["two at once: the default moves last while it lives", { routes: SPLIT }, { routes: SPLIT, pin: "2.0.0" }, ["service-splitter", "service-resolver"]],
    ["a share that moves is the splitter's", { routes: SPLIT }, { routes: "split: {2.0.0: 100}" }, ["service-splitter"]],
    ["and so is one that goes back", { routes: "split: {2.0.0: 100}" }, { routes: undefined }, ["service-splitter"]],
    ["a failover too", { routes: SPLIT }, { routes: "failover: {to: backup, active: true}" }, ["service-splitter"]],
    ["routes that are cleared leave neutral entries", { routes: `${SPLIT}\nrules: [{match: {path: /a}, split: {2.0.0: 1}}]` }, { routes: undefined }, ["service-splitter", "service-router", "service-resolver"]],
    ["a default that died goes first", { routes: SPLIT }, { routes: SPLIT, instances: ["1.0.0!", "2.0.0"] }, ["service-resolver", "service-splitter"]],
    ["nothing is written twice", { routes: SPLIT }, { routes: SPLIT }, []],
  ])("%s", (_, before, after, wrote) => {
    expect(walk(settled(before), wantedBy(after)).map((step) => step.wrote)).toEqual(wrote);
  });

  const version = constantFrom("1.0.0", "2.0.0", "3.0.0-rc.1", "4.0.0");
  const name = oneof(version, constantFrom("pin", ">=1", "track:green"));
  const split = dictionary(name, integer({ min: 1, max: 100 }), { minKeys: 1, maxKeys: 4 });
  const told = record({
    pin: oneof(version, constant("none")),
    isSplittable: constant(true),
    routes: option(
      record({ split, rules: array(record({ match: constantFrom({ path: "/a" }, { header: { x: "y" } }, { cookie: { a: "b" } }), split }), { maxLength: 2 }), none: constantFrom("hold", "fail"), failover: constantFrom({ to: "backup", active: true }, { to: "track:green" }, { to: "track:green", active: true }) }, { requiredKeys: [] }).map((document) => JSON.stringify(document)),
      { nil: undefined },
    ),
  });
  const INSTANCES = ["1.0.0", "2.0.0", "2.0.0@green", "3.0.0-rc.1", "4.0.0!"];
  const alive = (filter: string): boolean => !filter.includes('"4.0.0"') && !filter.includes("Service.ID");

  it("comes to an end, names at no step what isn't there, and sends nobody to what is dead but where the routes refuse", () => {
    assert(
      property(array(told, { minLength: 2, maxLength: 5 }), (documents) => {
        let present: Present = {};
        for (const document of documents) {
          const wanted = wantedBy({ ...document, instances: INSTANCES });
          const steps = walk(present, wanted);
          for (const step of steps) {
            const [before, now] = [chainOf(present), chainOf(step.present)];
            const isRefusing = Object.keys(before).some((filter) => !alive(filter)) || (document.routes ?? "").includes('"fail"');
            if (!isRefusing) expect(Object.keys(now).filter((filter) => !alive(filter))).toEqual([]);
            present = step.present;
          }
          expect(chainOf(present)).toEqual(chainOf(Object.fromEntries(meshEntryKinds.map((kind) => [kind, { kind, meta: {}, fields: wanted.fields[kind], modifyIndex: 1 }]))));
          expect(Object.values(chainOf(present)).reduce((sum, weight) => sum + Math.round(weight * 100), 0)).toBe(10_000);
          expect(planOf(present, wanted)).toEqual({ kind: "rest" });
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("entries of others", () => {
  const present = settled({ routes: "split: {2.0.0: 25, pin: 75}" });
  const splitter = present["service-splitter"];
  const withMeta = (meta: Readonly<Record<string, string>>): Present => (splitter === undefined ? {} : { ...present, "service-splitter": { ...splitter, meta } });

  it.each<[string, Readonly<Record<string, string>>, readonly MeshEntryKind[], string]>([
    ["without our meta", {}, [], "foreign-entry"],
    ["of another prefix", { "rollpin-prefix": "other", "rollpin-generation": "1" }, ["service-splitter"], "foreign-entry"],
    ["that Kubernetes keeps", { "external-source": "kubernetes" }, ["service-splitter"], "foreign-entry"],
    ["that Kubernetes keeps, with our meta", { "external-source": "kubernetes", "rollpin-prefix": "rollpin" }, ["service-splitter"], "foreign-entry"],
    ["of a later revision", { "rollpin-prefix": "rollpin", "rollpin-generation": "8" }, [], "newer-entry"],
  ])("%s: nothing is written, not even beside it", (_, meta, adopt, code) => {
    expect(planOf(withMeta(meta), wantedBy({ pin: "2.0.0" }), { adopt })).toMatchObject({ kind: "refuse", code, message: expect.stringContaining("service-splitter checkout") });
  });

  it("are gone on with where the file says so, and what else they say stays", () => {
    const resolver = { kind: "service-resolver", meta: { team: "pay" }, fields: { ConnectTimeout: "3s", Subsets: { old: { Filter: "x" } }, Redirect: { Service: "old" } }, modifyIndex: 3 } as const;
    const plan = planOf({ "service-resolver": resolver }, wantedBy({}), { adopt: ["service-resolver"] });
    expect(plan).toMatchObject({ kind: "write", entry: { modifyIndex: 3, meta: { team: "pay", "rollpin-prefix": "rollpin", "rollpin-generation": "7" }, fields: { ConnectTimeout: "3s", DefaultSubset: "v1-0-0" } } });
    expect(JSON.stringify(plan)).not.toContain("old");
  });

  it("are compared by what they say, whatever Consul adds", () => {
    if (splitter === undefined) throw new Error("there is none");
    const added = { ...splitter, fields: { Splits: [{ Weight: 75, Namespace: "default", ServiceSubset: "" }, { Weight: 25, ServiceSubset: "v2-0-0", Partition: "default" }] } };
    expect(planOf({ ...present, "service-splitter": added }, wantedBy({ routes: "split: {2.0.0: 25, pin: 75}" }))).toEqual({ kind: "rest" });
  });
});
