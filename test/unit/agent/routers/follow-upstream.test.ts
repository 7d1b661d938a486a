import { afterEach, beforeEach, expect, it } from "vitest";
import { type UpstreamDeps, followUpstream } from "../../../../agent/routers/follow-upstream.ts";
import { NOTHING_REMEMBERED, type RememberedUpstream } from "../../../../agent/routers/remembered-upstream.ts";
import type { View } from "../../../../agent/routers/view.ts";
import { systemClock } from "../../../../core/clock.ts";
import { planInit } from "../../../../core/decide/plans/plan-init.ts";
import { applyPlan } from "../../../../core/operations/apply.ts";
import { type MemoryStore, createMemoryStore } from "../../../../core/store/memory.ts";
import { until } from "../../../support/until.ts";

let store: MemoryStore;
let over: AbortController;
let ended: Promise<void>;
let views: View[];
let remembered: RememberedUpstream;

beforeEach(() => {
  store = createMemoryStore();
  over = new AbortController();
  views = [];
});
afterEach(async () => {
  over.abort();
  await ended;
});

function start(former: RememberedUpstream = NOTHING_REMEMBERED): void {
  remembered = former;
  const deps: UpstreamDeps = { service: "shop", store, clock: systemClock, random: () => 0.5, former, onView: (view) => views.push(view), onRemember: (value) => (remembered = value), onFault: () => undefined };
  ended = followUpstream(deps).run(over.signal);
}

async function register(id: string, version: string, service = "shop"): Promise<void> {
  await store.catalog.register({ id, service, address: "127.0.0.1", port: 8_000 + Number(id.at(-1)), meta: { version } });
}

async function known(): Promise<void> {
  const plan = planInit("shop");
  if (!plan.ok) throw new Error("no plan");
  const applied = await applyPlan(store, plan.value, { by: "test", now: 0, planSuffix: "aaaaaa" });
  if (!applied.ok) throw new Error(JSON.stringify(applied.fault));
}

const last = (): View | undefined => views.at(-1);
const sharesOf = (view: View | undefined) => view?.compiled.split.shares.map(({ destination, text }) => [text, destination?.version]);

it("joins routes and instances, and follows both", async () => {
  await known();
  await register("shop-1", "1.0.0");
  store.putByHand("desired/shop/routes", "split: {2.0.0: 1, 1.0.0: 3}");
  start();
  await until("2.0.0 isn't there yet", () => sharesOf(last())?.length === 2 && (last()?.compiled.notes.length ?? 0) > 0);
  await register("shop-2", "2.0.0");
  await until("it is", () => last()?.compiled.notes.length === 0);
  expect(sharesOf(last())).toEqual([["2.0.0", "2.0.0"], ["1.0.0", "1.0.0"]]);
  expect(last()?.places.map(({ port, version }) => [version, port])).toEqual([["1.0.0", 8_001], ["2.0.0", 8_002]]);
  store.setPassing("shop-2", false);
  await until("it fails its check", () => last()?.places.length === 1);
});

it("takes a service that rollpin doesn't know for what it is: everything that passes gets traffic, and it says so", async () => {
  await register("shop-1", "1.0.0");
  start();
  await until("there is a place", () => last()?.places.length === 1);
  expect(last()).toMatchObject({ revision: 0, hold: { code: "no-head" } });
  expect(last()?.compiled.decide({ method: "GET", path: "/", caller: undefined, header: () => undefined, cookie: () => undefined }, 0).destination?.version).toBeUndefined();
});

it("doesn't believe a catalog that shows nothing any more", async () => {
  await known();
  await register("shop-1", "1.0.0");
  start();
  await until("there is a place", () => last()?.places.length === 1);
  await store.catalog.deregister("shop-1");
  await until("it holds", () => last()?.hold?.code === "no-instances");
  expect(last()?.places).toHaveLength(1);
  await register("shop-2", "2.0.0");
  await until("it goes on", () => last()?.hold === undefined);
  expect(last()?.places.map(({ version }) => version)).toEqual(["2.0.0"]);
});

it("starts from what is remembered where Consul doesn't answer", async () => {
  await known();
  await register("shop-1", "1.0.0");
  store.putByHand("desired/shop/routes", "split: {1.0.0: 1}");
  start();
  await until("it is to be on disk", () => remembered.routes !== undefined && remembered.instances.length === 1);
  over.abort();
  await ended;
  over = new AbortController();
  views = [];
  store.setOutage({ kind: "unreachable", operation: "test", cause: "gone" });
  start(remembered);
  await until("it goes by what it knows", () => last()?.places.length === 1, { deadlineMs: 30_000 });
  expect(sharesOf(last())).toEqual([["1.0.0", "1.0.0"]]);
  expect(last()?.hold).toBeDefined();
});

it("watches the service that takes over for as long as the routes name one", async () => {
  await known();
  await register("shop-1", "1.0.0");
  await register("backup-1", "9.0.0", "backup");
  store.putByHand("desired/shop/routes", "failover: {to: backup, active: true}");
  start();
  await until("it has taken over", () => last()?.compiled.failover?.state === "on");
  expect(last()?.places.map(({ service, version }) => [service, version])).toEqual([["shop", "1.0.0"], ["backup", "backup"]]);
  store.putByHand("desired/shop/routes", "{}");
  await until("it is over", () => last()?.compiled.failover === undefined && last()?.places.length === 1);
});
