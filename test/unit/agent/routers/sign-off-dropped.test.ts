import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../../../../agent/log.ts";
import { lookForDropped } from "../../../../agent/routers/sign-off-dropped.ts";
import { readToldRouters } from "../../../../agent/routers/told-routers.ts";
import { hasToldRouters, toldRoutersFile } from "../../../../agent/routers/told-routers-file.ts";
import { systemClock } from "../../../../core/clock.ts";
import { proxySchema } from "../../../../core/config/router-settings.ts";
import type { RouterRecord } from "../../../../core/model/router-records.ts";
import { routerKey } from "../../../../core/store/keys.ts";
import { type MemoryStore, createMemoryStore } from "../../../../core/store/memory.ts";

let stateFolder: string;
let store: MemoryStore;
let session: string;
beforeEach(async () => {
  stateFolder = await mkdtemp(`${tmpdir()}/rollpin-told-`);
  store = createMemoryStore();
  session = await newSession();
});
afterEach(() => rm(stateFolder, { recursive: true }));

async function newSession(): Promise<string> {
  const created = await store.sessions.create({ name: "agent", ttlMs: 15_000 });
  if (!created.ok) throw new Error(created.fault.kind);
  return created.value;
}

async function report(router: string, given: Partial<RouterRecord> = {}, by = session): Promise<void> {
  const record: RouterRecord = { service: "checkout", router, kind: "proxy", status: "in-sync", revision: 1, seen: 1, digest: "d", split: [], notes: [], instances: 1, instance: "shop-1", agent: { version: "0.1.0", startedAt: "2026-03-01T00:00:00.000Z" }, at: "2026-03-01T00:00:00.000Z", ...given };
  const done = await store.transact([{ kind: "lock", key: routerKey("checkout", router), value: JSON.stringify(record), session: by }]);
  if (!done.ok) throw new Error(JSON.stringify(done.fault));
}

async function records(): Promise<readonly string[]> {
  const keys = await store.keys("routers/checkout/");
  return keys.ok ? keys.value : [];
}

/** One life whose file asks for these; its faults. */
async function live(names: readonly string[], { isTaken = false, ms = 5_000, held = session } = {}): Promise<readonly string[]> {
  const routers = names.map((name) => proxySchema.parse({ kind: "proxy", upstream: "checkout", listen: "127.0.0.1:0", name }));
  const faults: string[] = [];
  const dropped = await lookForDropped({
    agent: { clock: systemClock, file: { service: "shop", routers }, instance: "shop-1", log: createLogger({ level: "error", base: {}, destination: { write: (line) => void faults.push(line) } }), stateFolder, store },
    presence: { isTaken: () => isTaken, session: () => held },
    onFault: (fault) => void faults.push(fault.kind),
    onDiskFault: (message) => void faults.push(message),
  });
  await dropped.signOff(AbortSignal.timeout(ms));
  return faults;
}

describe("routers that the agent's file asks for no more", () => {
  it("have their records go, and nobody else's", async () => {
    await live(["a", "b"]);
    for (const router of ["a", "b", "c"]) await report(router);
    expect(await live(["b"])).toEqual([]);
    expect(await records()).toEqual(["routers/checkout/b", "routers/checkout/c"]);
    expect(await readToldRouters(stateFolder)).toEqual({ ok: true, value: [{ upstream: "checkout", router: "b" }] });
  });

  it("are nothing to look for where there never was any", async () => {
    expect(await hasToldRouters(stateFolder)).toBe(false);
    await live([]);
    expect(await hasToldRouters(stateFolder)).toBe(false);
  });

  it("have a record go that a lost session left", async () => {
    await live(["a"]);
    await report("a");
    await store.sessions.destroy(session);
    await live([], { held: await newSession() });
    expect(await records()).toEqual([]);
  });

  it.each([
    ["another agent took the name", { instance: "shop-2" }, {}],
    ["another agent has the instance's name too", {}, { isTaken: true, ms: 50 }],
    ["a session that isn't known holds it", {}, { held: "another", ms: 50 }],
  ])("stay where %s", async (_, given, life) => {
    await live(["a"]);
    await report("a", given);
    await live([], life);
    expect(await records()).toEqual(["routers/checkout/a"]);
  });

  it("are tried again in the next life where Consul or another agent stood in the way", async () => {
    await live(["a"]);
    await report("a");
    await live(["b"], { isTaken: true, ms: 50 });
    await report("b");
    await live([]);
    expect(await records()).toEqual([]);
  });

  it("are forgotten, and that is said, where the file on disk was damaged", async () => {
    await live(["a"]);
    await writeFile(toldRoutersFile(stateFolder), "{");
    expect(await live(["a"])).toEqual([expect.stringContaining("routers.json is ignored")]);
    expect(await live(["a"])).toEqual([]);
  });
});
