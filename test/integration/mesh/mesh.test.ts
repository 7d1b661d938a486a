/** A real Consul's mesh entries: whose they are, who writes them, and what becomes of them when somebody else does. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import type { MeshEntryKind } from "../../../core/model/mesh-entries.ts";
import type { Store } from "../../../core/store/port.ts";
import { consulStore } from "../../contract/world.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { until } from "../../support/until.ts";
import { endpoint } from "../routers/router-rig.ts";
import { type TestMesh, startMesh, viewOf } from "./mesh-rig.ts";

let consul: ConsulServer;
let made = 0;
const open: { end(): Promise<void> }[] = [];
const stores: Store[] = [];
beforeAll(async () => {
  consul = await startConsul({ acl: true });
}, 60_000);
afterEach(async () => {
  for (const one of open.splice(0)) await one.end();
  for (const store of stores.splice(0)) store.close();
});
afterAll(() => consul.stop(), 60_000);

const put = (entry: object) => consul.http.json<boolean>("/v1/config", { method: "PUT", body: entry });
const CURRENT = { mode: "enforce", isCurrent: true } as const;
const BOTH = [endpoint("1.0.0", 8_001), endpoint("2.0.0", 8_002)];

interface Written {
  readonly Meta?: Readonly<Record<string, string>>;
  readonly ModifyIndex: number;
  readonly DefaultSubset?: string;
  readonly Splits?: readonly object[];
  readonly Routes?: readonly object[];
}

async function entry(kind: MeshEntryKind, service: string): Promise<Written | undefined> {
  const { body, status } = await consul.http.ask(`/v1/config/${kind}/${service}`);
  return status === 404 ? undefined : (JSON.parse(body.toString()) as Written);
}

/** A service of its own for each test, which speaks http. */
async function fresh(protocol = "http"): Promise<string> {
  made += 1;
  const service = `shop-${made}`;
  await put({ Kind: "service-defaults", Name: service, Protocol: protocol });
  return service;
}

async function start(service: string, more: Parameters<typeof startMesh>[2] & { readonly token?: string } = {}): Promise<TestMesh> {
  const store = consulStore(consul, "rollpin", more.token === undefined ? {} : { token: more.token });
  stores.push(store);
  const mesh = await startMesh(store, service, more);
  open.push(mesh);
  return mesh;
}

const viewAt = (service: string, revision: number, routes?: string, stable = "1.0.0") => viewOf(service, { instances: BOTH, routes, revision, pins: { stable } });

async function serve(mesh: TestMesh, ...[service, ...words]: Parameters<typeof viewAt>): Promise<void> {
  const view = viewAt(service, ...words);
  mesh.follow(view, CURRENT);
  await mesh.serves(view);
}

const stopped = (mesh: TestMesh, status: "held" | "reconciling", code: string) =>
  until(`it is ${status}: ${code}`, () => {
    const { reason, status: now } = mesh.record() ?? {};
    return now === status && reason?.code === code && reason.message;
  });

describe("entries of the mesh", () => {
  it("are written by one compare-and-set for a pin and for a share, and not at all for what they say already", async () => {
    const service = await fresh();
    const mesh = await start(service);
    await serve(mesh, service, 1, "split: {2.0.0: 25, pin: 75}");
    const before = await Promise.all([entry("service-resolver", service), entry("service-splitter", service)]);
    expect(before[0]).toMatchObject({ DefaultSubset: "v1-0-0", Meta: { "rollpin-prefix": "rollpin", "rollpin-generation": "1" } });
    expect(before[1]?.Splits).toEqual([{ Weight: 75 }, { Weight: 25, ServiceSubset: "v2-0-0" }]);
    await serve(mesh, service, 2, "split: {pin: 3, 2.0.0: 1}");
    expect(await Promise.all([entry("service-resolver", service), entry("service-splitter", service)])).toEqual(before);
    await serve(mesh, service, 3, "split: {2.0.0: 100}");
    expect(await entry("service-resolver", service)).toEqual(before[0]);
    const shifted = await entry("service-splitter", service);
    expect(shifted).toMatchObject({ Splits: [{ Weight: 100, ServiceSubset: "v2-0-0" }], Meta: { "rollpin-generation": "3" } });
    await serve(mesh, service, 4);
    const cleared = await entry("service-splitter", service);
    expect(cleared?.Splits).toEqual([{ Weight: 100 }]);
    await serve(mesh, service, 5, undefined, "2.0.0");
    expect(await entry("service-splitter", service)).toEqual(cleared);
    expect(await entry("service-resolver", service)).toMatchObject({ DefaultSubset: "v2-0-0" });
    expect(await entry("service-router", service)).toBeUndefined();
  });

  it("stay neutral when routes are cleared and the service is let go of, and are never deleted", async () => {
    const service = await fresh();
    const mesh = await start(service);
    await serve(mesh, service, 1, "split: {2.0.0: 25, pin: 75}\nrules: [{match: {path: /a}, split: {2.0.0: 1}}]");
    expect((await entry("service-router", service))?.Routes).toHaveLength(1);
    await serve(mesh, service, 2);
    expect((await entry("service-router", service))?.Routes ?? []).toEqual([]);
    const view = viewAt(service, 3);
    mesh.follow(view, { ...CURRENT, mode: "ejected" });
    await mesh.serves(view);
    expect((await entry("service-resolver", service))?.DefaultSubset ?? "").toBe("");
    expect((await entry("service-splitter", service))?.Splits).toEqual([{ Weight: 100 }]);
  });

  it("are put right, and said, when a hand changes one", async () => {
    const service = await fresh();
    const mesh = await start(service);
    await serve(mesh, service, 1, "split: {2.0.0: 25, pin: 75}");
    const before = await entry("service-splitter", service);
    await put({ ...before, Splits: [{ Weight: 100, ServiceSubset: "v2-0-0" }] });
    await until("it is put right", async () => JSON.stringify((await entry("service-splitter", service))?.Splits) === JSON.stringify(before?.Splits));
    await until("and said", () => mesh.warnings.some((line) => line.startsWith("mesh-drift: ") && line.includes(`service-splitter ${service}`)));
  });

  it("that a hand changed between look and write are read again first", async () => {
    const service = await fresh();
    const mesh = await start(service);
    await serve(mesh, service, 1);
    const resolver = await entry("service-resolver", service);
    await put({ ...resolver, ConnectTimeout: "3s" });
    await serve(mesh, service, 2, undefined, "2.0.0");
    expect(await entry("service-resolver", service)).toMatchObject({ DefaultSubset: "v2-0-0", ConnectTimeout: "3s" });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["nobody's of rollpin", {}],
    ["of another prefix", { "rollpin-prefix": "other", "rollpin-generation": "1" }],
    ["kept by Kubernetes", { "external-source": "kubernetes" }],
  ])("%s stay as they are, and nothing is written beside them", async (_, Meta) => {
    const service = await fresh();
    await put({ Kind: "service-splitter", Name: service, Splits: [{ Weight: 100 }], Meta });
    const before = await entry("service-splitter", service);
    const mesh = await start(service, { adopt: "external-source" in Meta ? ["service-splitter"] : [] });
    mesh.follow(viewAt(service, 1, "split: {2.0.0: 25, pin: 75}"), CURRENT);
    expect(await stopped(mesh, "held", "foreign-entry")).toContain(`service-splitter ${service}`);
    expect(await entry("service-splitter", service)).toEqual(before);
    expect(await entry("service-resolver", service)).toBeUndefined();
  });

  it("are gone on with where the file says so", async () => {
    const service = await fresh();
    await put({ Kind: "service-resolver", Name: service, ConnectTimeout: "9s", DefaultSubset: "old", Subsets: { old: {} } });
    const mesh = await start(service, { adopt: ["service-resolver"] });
    await serve(mesh, service, 1);
    expect(await entry("service-resolver", service)).toMatchObject({ DefaultSubset: "v1-0-0", ConnectTimeout: "9s", Meta: { "rollpin-prefix": "rollpin" } });
  });

  it("are a resolver alone where the service speaks no HTTP, and the protocol stays as it is", async () => {
    const service = await fresh("tcp");
    const mesh = await start(service);
    await serve(mesh, service, 1, "split: {2.0.0: 75, pin: 25}");
    expect(await entry("service-resolver", service)).toMatchObject({ DefaultSubset: "v2-0-0" });
    expect(mesh.record()).toMatchObject({ kind: "mesh-tcp", notes: expect.arrayContaining([expect.stringContaining("speak tcp")]) });
    await put({ Kind: "service-defaults", Name: service, Protocol: "grpc" });
    await until("the share is split once it may be", async () => (await entry("service-splitter", service))?.Splits?.length === 2);
    expect(mesh.record()).not.toMatchObject({ status: "held" });
  });

  it("stay as they are on doubt: nothing is known, or the catalog is empty", async () => {
    const service = await fresh();
    const mesh = await start(service);
    await serve(mesh, service, 1);
    const before = await entry("service-resolver", service);
    mesh.follow(viewAt(service, 2, undefined, "2.0.0"), { ...CURRENT, isCurrent: false });
    await stopped(mesh, "reconciling", "no-contact");
    mesh.follow(viewOf(service, { instances: [], revision: 3, pins: { stable: "2.0.0" } }), CURRENT);
    await stopped(mesh, "reconciling", "no-instances");
    expect(await entry("service-resolver", service)).toEqual(before);
  });
});

describe("the lead", () => {
  it("is one agent's, and another goes on when its session is gone", async () => {
    const service = await fresh();
    const first = await start(service, { instance: "edge-1" });
    await serve(first, service, 1);
    const second = await start(service, { instance: "edge-2" });
    const view = viewAt(service, 2, undefined, "2.0.0");
    second.follow(view, CURRENT);
    const lock = await consul.http.json<readonly [{ readonly Session: string; readonly Value: string }]>(`/v1/kv/rollpin/locks/mesh/${service}`);
    expect(JSON.parse(Buffer.from(lock[0].Value, "base64").toString())).toEqual({ leader: "edge-1" });
    expect(await entry("service-resolver", service)).toMatchObject({ DefaultSubset: "v1-0-0" });
    // As the end of its TTL would, while the first thinks that it leads.
    await consul.http.ask(`/v1/session/destroy/${lock[0].Session}`, { method: "PUT" });
    await second.serves(view);
    expect(await entry("service-resolver", service)).toMatchObject({ DefaultSubset: "v2-0-0", Meta: { "rollpin-generation": "2" } });
    // It knows less, and doesn't lead: nothing of it is written.
    first.follow(viewAt(service, 1, "split: {2.0.0: 50, pin: 50}"), CURRENT);
    await until("the first has found out", () => ["no-lead", "newer-entry", undefined].includes(first.record()?.reason?.code) && first.record()?.status !== "in-sync");
    expect(await entry("service-resolver", service)).toMatchObject({ DefaultSubset: "v2-0-0" });
    expect(await entry("service-splitter", service)).toBeUndefined();
  });
});

describe("its rights", () => {
  it("are those that doctor prints: with all of them it works, and with less it says which it lacks", { timeout: 120_000 }, async () => {
    const service = await fresh();
    const rules = aclRulesOf("mesh", { prefix: "rollpin", service }).filter(({ name, resource }) => name.includes("locks/mesh") || resource === "service");
    const [lead, entries] = rules.map((rule) => hclOf([rule]));
    if (lead === undefined || entries === undefined) throw new Error("these rules are the mesh's own");
    const asToken = async (...own: readonly string[]) => start(service, { token: await consul.createToken(['session_prefix "" { policy = "write" }', ...own].join("\n")) });
    const readOnly = `service "${service}" { policy = "read" }`;
    for (const [own, lacks] of [
      [[entries], "rollpin/locks/mesh/"],
      [[lead], readOnly],
      [[lead, readOnly], `service "${service}" { policy = "write" }`],
    ] as const) {
      const mesh = await asToken(...own);
      mesh.follow(viewAt(service, 1), CURRENT);
      const says = await until(`it says that it lacks ${lacks}`, () => [...mesh.warnings, mesh.record()?.reason?.message].find((line) => line?.includes("policy lacks") === true));
      expect(says).toContain(lacks);
      await mesh.end();
      open.pop();
    }
    expect(await entry("service-resolver", service)).toBeUndefined();
    await serve(await asToken(lead, entries), service, 1);
  });
});
