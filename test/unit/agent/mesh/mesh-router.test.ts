import { afterEach, beforeEach, expect, it } from "vitest";
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

async function start(instance: string) {
  const store = world.client();
  const mesh = await startMesh(store, SERVICE, { instance });
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
