import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HookKeeper, keepHooks } from "../../../../agent/hooks/keep-hooks.ts";
import { systemClock } from "../../../../core/clock.ts";
import type { MigrateSettings } from "../../../../core/config/hook-settings.ts";
import { type HookAsk, type HooksLead, hooksLeadSchema } from "../../../../core/model/hook-records.ts";
import { type MemoryStore, type MemoryWorld, createMemoryWorld } from "../../../../core/store/memory.ts";
import { operationAskKey } from "../../../../core/store/keys.ts";
import { until } from "../../../support/until.ts";

const ID = "shop.4-abcdef";
const ASK: HookAsk = { step: 0, ask: 1, asked: { kind: "hook", service: "shop", hook: "migrate", way: "down", from: 8, to: 7, fromVersion: "2.0.0", toVersion: "1.0.0" } };

let folder: string;
let world: MemoryWorld;
let hand: MemoryStore;
let ending: AbortController;
let runs: Promise<void>[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-hooks-"));
  world = createMemoryWorld();
  hand = world.client();
  ending = new AbortController();
  runs = [];
});
afterEach(async () => {
  ending.abort();
  await Promise.all(runs);
  await rm(folder, { recursive: true, force: true });
});

const sh = (script: string) => ({ command: ["sh", "-c", script], timeout: 20_000 });
const ask = (what: HookAsk = ASK): void => hand.putByHand(operationAskKey(ID), JSON.stringify(what));
const said = async (name: string): Promise<string> => await readFile(join(folder, name), "utf8").catch(() => "");

interface Life {
  readonly keeper: HookKeeper;
  readonly session: string;
  readonly ends: AbortController;
}

async function life(instance: string, migrate: Partial<MigrateSettings>): Promise<Life> {
  const store = world.client();
  const made = await store.sessions.create({ name: "test", ttlMs: 10_000 });
  if (!made.ok) throw new Error(made.fault.kind);
  const settings = { migrate: { environment: {}, tries: 2, down: undefined, up: undefined, directory: undefined, ...migrate } };
  const keeper = keepHooks({ store, clock: systemClock, random: () => 0, log: pino({ level: "silent" }), folder, service: "shop", instance, settings, session: () => made.value, operation: () => ID, onFault: () => undefined });
  const ends = new AbortController();
  ending.signal.addEventListener("abort", () => ends.abort());
  runs.push(keeper.run(ends.signal));
  return { keeper, session: made.value, ends };
}

async function lead(): Promise<HooksLead | undefined> {
  const entry = await hand.get("locks/hooks/shop");
  return entry.ok && entry.value !== undefined ? hooksLeadSchema.parse(JSON.parse(Buffer.from(entry.value.value).toString())) : undefined;
}
const ends = (state: string) => until(`a run is ${state}`, async () => ((await lead())?.last?.state === state ? (await lead())?.last : undefined));

describe("hooks of a service", () => {
  it("are told by whoever leads, and run once for what is asked, with names and numbers in the environment", async () => {
    await life("shop-1", { down: sh('env | grep ^ROLLPIN_ | grep -v ^ROLLPIN_TEST_ | sort >> env; echo one; echo "took back 8"') });
    await life("shop-2", { down: sh("echo no > second") });
    await until("one leads", async () => (await lead())?.migrate.includes("down"));
    expect(await lead()).toEqual({ leader: "shop-1", migrate: ["down"] });
    ask();
    expect(await ends("done")).toMatchObject({ operation: ID, step: 0, way: "down", from: 8, to: 7, ask: 1, attempt: 1, by: "shop-1", message: "took back 8" });
    ask({ ...ASK, ask: 2 });
    await systemClock.sleep(400);
    expect((await said("env")).trim().split("\n")).toEqual(["ROLLPIN_ATTEMPT=1", "ROLLPIN_FROM_VERSION=2.0.0", "ROLLPIN_HOOK=migrate", "ROLLPIN_INSTANCE=shop-1", `ROLLPIN_OPERATION=${ID}`, "ROLLPIN_SCHEMA_FROM=8", "ROLLPIN_SCHEMA_TO=7", "ROLLPIN_SERVICE=shop", "ROLLPIN_VERSION=1.0.0", "ROLLPIN_WAY=down"]);
    expect(await said("second")).toBe("");
  });

  it("run nothing that is asked of another service, nor what can't be read", async () => {
    await life("shop-1", { down: sh("echo x > ran") });
    await until("it leads", async () => (await lead()) !== undefined);
    ask({ ...ASK, asked: { ...ASK.asked, service: "other" } });
    await systemClock.sleep(400);
    hand.putByHand(operationAskKey(ID), '{"command": ["rm"]}');
    await systemClock.sleep(400);
    expect([await said("ran"), (await lead())?.last]).toEqual(["", undefined]);
  });

  it("are tried again, then it is said why they failed, without secrets, and a new ask begins anew", async () => {
    await life("shop-1", { environment: { DB_PASSWORD: "hunter2hunter2" }, down: sh('echo x >> tries; [ -e good ] || { echo "no $DB_PASSWORD" >&2; exit 3; }') });
    ask();
    const failed = await until("tries are spent", async () => ((await lead())?.last?.spent === true ? (await lead())?.last : undefined));
    expect(failed).toMatchObject({ state: "failed", attempt: 2, tries: 2, message: "sh ended with exit code 3; it printed last: no [redacted]" });
    ask({ ...ASK, ask: 2 });
    await until("it is tried anew", async () => (await said("tries")).length >= 6);
    ask({ ...ASK, ask: 3 });
    expect((await until("that is spent too", async () => ((await lead())?.last?.ask === 3 && (await lead())?.last?.spent === true ? (await lead())?.last : undefined)))?.attempt).toBeGreaterThanOrEqual(4);
  });

  it("say where the file has no command for the way that is asked", async () => {
    await life("shop-1", { up: sh("true") });
    ask();
    expect(await ends("failed")).toMatchObject({ message: "the file of shop-1's agent has no hooks.migrate.down" });
  });

  it("that were cut off with their agent are run again by another, and what the first says later counts for nothing", async () => {
    const first = await life("shop-1", { down: sh("echo 1 >> begun; sleep 60") });
    ask();
    await until("the first is at it", async () => (await said("begun")) !== "");
    await life("shop-2", { down: sh('echo "attempt $ROLLPIN_ATTEMPT"') });
    world.client().expireSession(first.session);
    expect(await ends("done")).toMatchObject({ by: "shop-2", attempt: 2, message: "attempt 2" });
    await systemClock.sleep(1_200);
    expect((await lead())?.last).toMatchObject({ by: "shop-2", state: "done" });
  });

  it("tell how far they are while they run", async () => {
    await life("shop-1", { down: sh("echo 40 percent; while [ ! -e go ]; do sleep 0.05; done; echo all") });
    ask();
    await until("progress is told", async () => (await lead())?.last?.message === "40 percent");
    expect((await lead())?.last?.state).toBe("begun");
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(folder, "go"), "");
    expect(await ends("done")).toMatchObject({ message: "all" });
  });
});
