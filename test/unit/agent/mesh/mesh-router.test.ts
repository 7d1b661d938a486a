import { afterEach, beforeEach, expect, it } from "vitest";
import { type Clock, systemClock } from "../../../../core/clock.ts";
import { type MemoryWorld, createMemoryWorld } from "../../../../core/store/memory.ts";
import { endpoint } from "../../../integration/routers/router-rig.ts";
import { type TestMesh, startMesh, viewOf } from "../../../integration/mesh/mesh-rig.ts";
import { until } from "../../../support/until.ts";

const SERVICE = "checkout";
const CURRENT = { mode: "enforce", isCurrent: true } as const;
let world: MemoryWorld;
let meshes: TestMesh[];
beforeEach(() => {
  world = createMemoryWorld();
  meshes = [];
});
afterEach(async () => {
  for (const mesh of meshes) await mesh.end();
});

async function start(instance: string, { clock, hidden }: { readonly clock?: Clock; readonly hidden?: string } = {}) {
  const store = world.client();
  store.setHidden(hidden);
  const mesh = await startMesh(store, SERVICE, clock === undefined ? { instance } : { clock, instance });
  meshes.push(mesh);
  return { store, mesh };
}

const viewAt = (revision: number, stable = "1.0.0") => viewOf(SERVICE, { instances: [endpoint("1.0.0", 1), endpoint("2.0.0", 2)], revision, pins: { stable } });

it("writes as one of two, and what the other knows is not asked for", async () => {
  const [one, other] = [await start("edge-1"), await start("edge-2")];
  one.mesh.follow(viewAt(1), CURRENT);
  await one.mesh.serves(viewAt(1));
  other.mesh.follow(viewAt(2, "2.0.0"), CURRENT);
  one.mesh.follow(viewAt(3), CURRENT);
  await one.mesh.serves(viewAt(3));
  expect(other.mesh.record()).toBeUndefined();
  const resolver = await one.store.mesh.read("service-resolver", SERVICE);
  expect(resolver).toMatchObject({ value: { fields: { DefaultSubset: "v1-0-0" } } });
});

it("waits for what passes, and goes on by itself", async () => {
  const { mesh, store } = await start("edge-1");
  mesh.follow(viewAt(1), CURRENT);
  await mesh.serves(viewAt(1));
  store.setOutage("no-leader");
  mesh.follow(viewAt(2, "2.0.0"), CURRENT);
  await until("it waits", () => mesh.record()?.status === "reconciling");
  store.setOutage(undefined);
  await mesh.serves(viewAt(2));
});

it("shows in the agent's state who leads, and is no news to alerts where another does", async () => {
  const [one, other] = [await start("edge-1"), await start("edge-2")];
  expect(one.mesh.state()).toMatchObject({ upstream: SERVICE, name: "mesh", kind: "mesh", status: "reconciling", lead: { own: false } });
  one.mesh.follow(viewAt(4), CURRENT);
  await one.mesh.serves(viewAt(4));
  other.mesh.follow(viewAt(4), CURRENT);
  expect(one.mesh.state()).toEqual({ upstream: SERVICE, name: "mesh", kind: "mesh", status: "in-sync", revision: 4, connections: 0, inFlight: 0, requests: {}, unanswered: {}, leftOut: [], lead: { own: true, leader: "edge-1" } });
  await until("the other stands by", () => other.mesh.state().status === "stands-by");
  expect(other.mesh.state()).toMatchObject({ lead: { own: false, leader: "edge-1" } });
  expect(other.mesh.state().revision).toBeUndefined();
});

it("says for all that nobody leads, once no agent has had the right for a while, and is silent when one has", async () => {
  let ahead = 0;
  const { mesh, store } = await start("edge-1", { hidden: "locks/", clock: { ...systemClock, monotonic: () => systemClock.monotonic() + ahead } });
  mesh.follow(viewAt(1), CURRENT);
  await until("it knows that it may not", () => mesh.state().lead?.why?.includes("denies") === true);
  mesh.follow(viewAt(1), CURRENT);
  expect(mesh.record()).toBeUndefined();
  ahead = 5_000;
  mesh.follow(viewAt(2), CURRENT);
  await until("it says so", () => mesh.record() !== undefined);
  expect(mesh.record()).toMatchObject({ status: "held", seen: 2, revision: 0, reason: { code: "nobody-leads", message: expect.stringContaining("denies get rollpin/locks/mesh/checkout") as string } });
  expect(mesh.state()).toMatchObject({ status: "held", reason: { code: "nobody-leads" }, lead: { own: false } });
  const other = await start("edge-2");
  other.mesh.follow(viewAt(2), CURRENT);
  await other.mesh.serves(viewAt(2));
  store.setHidden(undefined);
  await until("it leaves the word to the other", () => mesh.record() === undefined);
  expect(mesh.state()).toMatchObject({ status: "stands-by", lead: { own: false, leader: "edge-2" } });
});
