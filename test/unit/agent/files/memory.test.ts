import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readLastKnownGood } from "../../../../agent/files/last-known-good.ts";
import { type Memory, SAVE_AGAIN_MS, SAVE_PAUSE_MS, createMemory } from "../../../../agent/files/memory.ts";
import type { KnownIntent } from "../../../../agent/loop/loop-state.ts";
import type { Clock } from "../../../../core/clock.ts";

let folder: string;
let pauses: { readonly ms: number; readonly end: () => void }[];
let memory: Memory;
let faults: string[];

/** Sleeps of no length end at once, the others when the test or their signal ends them. */
const clock: Clock = {
  now: () => 0,
  monotonic: () => 0,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (ms === 0 || signal?.aborted === true) return resolve();
      pauses.push({ ms, end: resolve });
      signal?.addEventListener("abort", () => resolve(), { once: true });
    }),
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-memory-"));
  pauses = [];
  faults = [];
  memory = createMemory({
    folder,
    owner: { service: "checkout", instance: "c-1", track: "stable" },
    clock,
    initial: undefined,
    onFault: (message) => faults.push(message),
  });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  expect(faults).toEqual([]);
});

function remember(revision: number, hasSwitched: boolean): void {
  const state = { pins: { stable: `${revision}.0.0` } };
  const target = { version: `${revision}.0.0`, config: undefined, routes: undefined };
  const intent: KnownIntent = { kind: "consul", revision, plan: undefined, mode: "enforce", restartRevision: 0, state, target, digest: "d", refused: [], hold: undefined };
  memory.remember({ revision, digest: "d", target }, intent, hasSwitched);
}

async function onDisk(): Promise<number | undefined> {
  const read = await readLastKnownGood(folder);
  if (!read.ok) throw new Error(read.fault);
  return read.value?.revision;
}

describe("memory", () => {
  it("saves without a pause what was switched", async () => {
    remember(1, true);
    expect(memory.remembered()?.revision).toBe(1);
    await memory.flush();
    expect(pauses).toEqual([]);
    expect(await onDisk()).toBe(1);
  });

  it("pauses where nothing was switched, and knows it at once all the same", async () => {
    remember(1, false);
    remember(2, false);
    expect(memory.remembered()?.revision).toBe(2);
    expect(pauses.map(({ ms }) => ms)).toEqual([SAVE_PAUSE_MS]);
    expect(await onDisk()).toBeUndefined();
    pauses[0]?.end();
    await memory.flush();
    expect(await onDisk()).toBe(2);
  });

  it("ends the pause when something is switched meanwhile", async () => {
    remember(1, false);
    remember(2, true);
    await expect.poll(onDisk).toBe(2);
  });

  it("ends the pause when it is flushed, and starts another afterwards", async () => {
    remember(1, false);
    await memory.flush();
    expect(await onDisk()).toBe(1);
    remember(2, false);
    expect(pauses).toHaveLength(2);
    await memory.flush();
    expect(await onDisk()).toBe(2);
  });

  it("tries again while the disk refuses, says why meanwhile, and keeps nobody waiting who flushes", async () => {
    await rm(folder, { recursive: true });
    // No folder can be made where a file is.
    await writeFile(folder, "");
    remember(1, true);
    await expect.poll(() => pauses.map(({ ms }) => ms)).toEqual([SAVE_AGAIN_MS]);
    expect(memory.fault()).toContain(`last-known-good.json could not be written to ${folder}: E`);
    await memory.flush();
    remember(2, true);
    await expect.poll(() => pauses.length).toBe(2);
    await rm(folder);
    pauses.at(-1)?.end();
    await expect.poll(onDisk).toBe(2);
    await expect.poll(() => memory.fault()).toBeUndefined();
    expect(faults.splice(0).length).toBeGreaterThan(1);
  });
});
