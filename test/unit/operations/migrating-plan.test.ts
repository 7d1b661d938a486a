import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepHooks } from "../../../agent/hooks/keep-hooks.ts";
import { systemClock } from "../../../core/clock.ts";
import type { MigrateSettings } from "../../../core/config/hook-settings.ts";
import { planUndo } from "../../../core/decide/plans/plan-undo.ts";
import { planRollback } from "../../../core/decide/plans/plan-rollback.ts";
import { err } from "../../../core/model/result.ts";
import type { Plan } from "../../../core/model/plan.ts";
import { applyPlan } from "../../../core/operations/apply.ts";
import { type WholeOptions, applyWhole } from "../../../core/operations/apply-whole.ts";
import { checkHooks } from "../../../core/operations/check-hooks.ts";
import type { DrainProgress } from "../../../core/operations/journal/drain-step.ts";
import type { HookProgress } from "../../../core/operations/journal/hook-step.ts";
import { readOperation } from "../../../core/operations/journal/read-operations.ts";
import { type Taker, abortOperation, resumeOperation } from "../../../core/operations/journal/resume-operation.ts";
import { stepRunners } from "../../../core/operations/journal/step-runners.ts";
import { type MemoryStore, type MemoryWorld, createMemoryWorld } from "../../../core/store/memory.ts";
import { registerRelease } from "../../../core/operations/register-release.ts";
import { until } from "../../support/until.ts";
import { planOf } from "../decide/plans/outcome.ts";
import { type Operator, createOperator, must } from "./operator.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const ID = "shop.3-aaaaaa";
const WHO = { by: "bob@desk", reason: "it burns", now: NOW, planSuffix: "aaaaaa" };

let folder: string;
let world: MemoryWorld;
let store: MemoryStore;
let alice: Operator;
let ending: AbortController;
let runs: Promise<void>[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-migrating-"));
  world = createMemoryWorld();
  store = world.client();
  ending = new AbortController();
  runs = [];
  alice = createOperator(store, "alice", () => NOW);
  for (const [version, schema] of [["1.0.0", { reads: ">=6 <8", writes: 6 }], ["2.0.0", { reads: ">=8", writes: 8 }]] as const) {
    const done = await registerRelease(store, "shop", { version, schema }, { by: "alice", now: NOW });
    if (!done.ok) throw new Error(JSON.stringify(done.fault));
    must(await alice.pin("shop", version));
  }
});
afterEach(async () => {
  ending.abort();
  await Promise.all(runs);
  await rm(folder, { recursive: true, force: true });
});

async function plan(withSchema = true): Promise<ReturnType<typeof planRollback>> {
  return planRollback([await alice.facts("shop")], { services: ["shop"], track: "stable", target: { kind: "default" }, only: undefined, condemn: true, override: false, reason: undefined, withSchema }, { now: NOW });
}
const planned = async (): Promise<Plan> => planOf(await plan());

const sh = (script: string) => ({ command: ["sh", "-c", script], timeout: 20_000 });
const LOG = 'echo "$ROLLPIN_WAY $ROLLPIN_SCHEMA_FROM $ROLLPIN_SCHEMA_TO $ROLLPIN_FROM_VERSION $ROLLPIN_VERSION" >> log';
const log = async (): Promise<readonly string[]> => (await readFile(join(folder, "log"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

/** An agent that has hooks and the right to run them. */
async function agent(migrate: Partial<MigrateSettings>): Promise<void> {
  const client = world.client();
  const made = await client.sessions.create({ name: "test", ttlMs: 10_000 });
  if (!made.ok) throw new Error(made.fault.kind);
  const settings = { migrate: { environment: {}, tries: 2, down: undefined, up: undefined, directory: undefined, ...migrate } };
  let operation: string | undefined;
  const keeper = keepHooks({ store: client, clock: systemClock, random: () => 0, log: pino({ level: "silent" }), folder, service: "shop", instance: "shop-data", settings, session: () => made.value, operation: () => operation, onFault: () => undefined });
  runs.push(keeper.run(ending.signal), follow());
  await until("it leads", async () => (await store.get("locks/hooks/shop")).ok && (await lead()) !== undefined);
  // As its watch on the service's desired state would tell.
  async function follow(): Promise<void> {
    while (!ending.signal.aborted) {
      operation = (await alice.facts("shop")).head?.value.operation?.id;
      await systemClock.sleep(20, ending.signal);
    }
  }
}

async function lead(): Promise<string | undefined> {
  const entry = await store.get("locks/hooks/shop");
  return entry.ok ? entry.value?.session : undefined;
}
const apply = async (options: WholeOptions = {}) => applyWhole(store, await planned(), WHO, options);
const taker = () => ({ clock: systemClock, by: "carol@desk", planSuffix: "cccccc", runners: stepRunners({ clock: systemClock }) });
const pinNow = async (): Promise<string | undefined> => (await alice.facts("shop")).accepted?.pins["stable"];

describe("a rollback across migrations", () => {
  it("is refused without the word for it, and without anybody who could do it", async () => {
    expect(await plan(false)).toMatchObject({ ok: false, fault: { check: "schema" } });
    const { migrations } = await planned();
    expect(migrations).toEqual([{ service: "shop", from: 8, to: 7, steps: [8], off: ["2.0.0"] }]);
    expect(await checkHooks(store, await planned(), {})).toMatchObject({ ok: true, value: { ok: false, fault: { kind: "refused", check: "hooks", message: expect.stringContaining("no agent that lives may run hooks.migrate.down of shop") as string } } });
    await agent({ up: sh(LOG) });
    expect(await checkHooks(store, await planned(), {})).toMatchObject({ value: { ok: false, fault: { message: expect.stringContaining("the file of shop-data's agent, which runs the hooks of shop, has no hooks.migrate.down") as string } } });
  });

  it("has its data taken back before its pins, and tells how it goes", async () => {
    await agent({ down: sh(`${LOG}; echo done with it`) });
    expect(await checkHooks(store, await planned(), {})).toMatchObject({ value: { ok: true, value: { checks: expect.arrayContaining([expect.objectContaining({ name: "hooks", result: "passed" })]) as unknown } } });
    const seen: HookProgress[] = [];
    expect(await apply({ onHook: (progress) => seen.push(progress) })).toMatchObject({ ok: true, value: { id: ID } });
    expect(await log()).toEqual(["down 8 7 2.0.0 1.0.0"]);
    expect(seen.at(-1)).toMatchObject({ leader: "shop-data", run: { state: "done", message: "done with it", attempt: 1 } });
    expect(await pinNow()).toBe("1.0.0");
    const { head, history: [entry] } = await alice.facts("shop");
    expect([head?.value.schema, head?.value.off, head?.value.operation, entry?.plan, entry?.kind]).toEqual([7, ["2.0.0"], undefined, ID, "rollback"]);
  });

  it("moves no pin where a step fails, can't be taken back then, and is finished by a resume", async () => {
    await agent({ down: sh(`${LOG}; [ -e good ] || { echo the table is locked >&2; exit 4; }`) });
    const done = await apply();
    expect(done).toMatchObject({ ok: false, fault: { kind: "unfinished", operation: ID } });
    expect(done.ok || done.fault.kind !== "unfinished" ? "" : done.fault.message).toMatch(/migration 8 of shop \(8 to 7\) failed 2 times at shop-data: sh ended with exit code 4; it printed last: the table is locked; "rollpin operation resume .*" goes on with it; it can't be taken back any more$/);
    expect(await pinNow()).toBe("2.0.0");
    expect(await readOperation(store, ID)).toMatchObject({ value: { record: { phase: "running", next: 1, begun: 1, stopped: { why: expect.stringContaining("the table is locked") as string } } } });
    expect(await abortOperation(store, ID, taker())).toMatchObject({ ok: false, fault: { refusal: { check: "operation", message: expect.stringContaining("migration 8 of shop") as string } } });
    // Nothing else passes meanwhile, not even another rollback.
    expect(await alice.rollback("shop", { withSchema: true })).toMatchObject({ ok: false, fault: { kind: "conflict", message: expect.stringContaining(`operation ${ID} (rollback by bob@desk`) as string } });
    await writeFile(join(folder, "good"), "");
    expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: true });
    expect([await log(), await pinNow()]).toEqual([Array.from({ length: 3 }, () => "down 8 7 2.0.0 1.0.0"), "1.0.0"]);
  });

  it("that is interrupted while a step is under way is finished by a resume, which runs nothing twice", async () => {
    await agent({ down: sh(`${LOG}; while [ ! -e go ]; do sleep 0.05; done`) });
    const interrupted = new AbortController();
    const applying = apply({ interrupted: interrupted.signal, onHook: ({ run }) => run?.state === "begun" && interrupted.abort() });
    expect(await applying).toMatchObject({ ok: false, fault: { message: expect.stringContaining("interrupted while migration 8 of shop (8 to 7) was under way, which goes on") as string } });
    const resuming = resumeOperation(store, ID, taker());
    await writeFile(join(folder, "go"), "");
    expect(await resuming).toMatchObject({ ok: true });
    expect([await log(), await pinNow()]).toEqual([["down 8 7 2.0.0 1.0.0"], "1.0.0"]);
  });

  it("taken back without its data is warned of, since the newer release doesn't read what is there", async () => {
    await agent({ down: sh("true") });
    must(await apply().then((done) => (done.ok ? done : err({ kind: "usage", message: "it was not applied" }))));
    const undone = (withSchema: boolean) => alice.facts("shop").then((facts) => planOf(planUndo([facts], { plan: ID, override: false, withSchema }, { now: NOW })));
    const { checks, migrations } = await undone(false);
    expect([checks.find(({ name }) => name === "schema"), migrations]).toEqual([{ name: "schema", service: "shop", result: "warned", detail: "2.0.0 writes schema 8, and its data is at 7, which it doesn't read: it has to migrate by itself, or --with-schema has that done first" }, undefined]);
    expect((await undone(true)).migrations).toEqual([{ service: "shop", from: 7, to: 8, steps: [8], off: ["1.0.0"] }]);
  });

  it("is never applied as if it had no data", async () => {
    await expect(applyPlan(store, await planned(), WHO)).rejects.toThrow("without its hooks");
  });
});

describe("before its first step, traffic goes off what can't read it", () => {
  const LIMIT_MS = 1_000;
  const marked = async () => (await alice.facts("shop")).head?.value.operation?.off;
  const register = (version: string) => store.catalog.register({ id: "shop-1", service: "shop", port: 1, meta: { version } });
  const taking = (more: Partial<Taker> = {}): Taker => ({ ...taker(), runners: stepRunners({ clock: systemClock, drainLimitMs: LIMIT_MS }), ...more });
  const stuck = async () => {
    await agent({ down: sh(LOG) });
    await register("2.0.0");
    return apply({ drainLimitMs: LIMIT_MS });
  };

  it("by the mark, and is waited for", async () => {
    await agent({ down: sh(LOG) });
    await register("2.0.0");
    const seen: DrainProgress[] = [];
    const applying = apply({ onDrain: (progress) => seen.push(progress) });
    await until("it waits", async () => seen.length > 0);
    expect([await marked(), await log(), seen[0]?.left]).toEqual([["2.0.0"], [], { instances: ["shop-1"], routers: [] }]);
    await store.catalog.maintain("shop-1", "a person's");
    expect(await applying).toMatchObject({ ok: true });
    expect([await log(), seen.at(-1)?.left.instances]).toEqual([["down 8 7 2.0.0 1.0.0"], []]);
  });

  it("and where something stays in traffic, nothing is done: it is named, and all can be taken back", async () => {
    const done = await stuck();
    expect(done.ok || done.fault.kind !== "unfinished" ? "" : done.fault.message).toMatch(/^operation shop\.3-aaaaaa is not finished: traffic off 2\.0\.0 of shop: requests are still sent to shop-1, and nothing has moved for 1 s; look at the agents there .*; "rollpin operation resume shop\.3-aaaaaa" goes on with it, "rollpin operation abort shop\.3-aaaaaa" takes it back$/);
    expect([await log(), await marked(), await pinNow()]).toEqual([[], ["2.0.0"], "2.0.0"]);
    expect(await abortOperation(store, ID, taking())).toMatchObject({ ok: true });
    const { head } = await alice.facts("shop");
    expect([await log(), head?.value.operation, head?.value.off, head?.value.revision]).toEqual([[], undefined, undefined, 2]);
  });

  it("or goes on once it is gone, or by a person's word", async () => {
    await stuck();
    expect(await resumeOperation(store, ID, taking())).toMatchObject({ ok: false, fault: { kind: "unfinished" } });
    expect(await log()).toEqual([]);
    expect(await resumeOperation(store, ID, taking({ override: true }))).toMatchObject({ ok: true });
    expect([await log(), await pinNow()]).toEqual([["down 8 7 2.0.0 1.0.0"], "1.0.0"]);
  });

  it("what is pinned again later takes traffic again", async () => {
    await agent({ down: sh("true") });
    must(await apply().then((done) => (done.ok ? done : err({ kind: "usage", message: "it was not applied" }))));
    must(await alice.config("shop", "a: 1\n"));
    expect((await alice.facts("shop")).head?.value.off).toEqual(["2.0.0"]);
    must(await alice.pin("shop", "2.0.0", { override: true }));
    expect((await alice.facts("shop")).head?.value.off).toBeUndefined();
  });
});
