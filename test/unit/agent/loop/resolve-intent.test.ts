import { beforeEach, describe, expect, it } from "vitest";
import type { Remembered } from "../../../../agent/loop/determine-intent.ts";
import { createIntentResolver } from "../../../../agent/loop/resolve-intent.ts";
import { digestOf } from "../../../../core/decide/digest.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import { historyKey, releaseKey } from "../../../../core/store/keys.ts";
import { type MemoryStore, createMemoryStore } from "../../../../core/store/memory.ts";

const self = { service: "shop", track: "stable", localVersion: undefined };
const accepted: DesiredState = { pins: { stable: "1.0.0" }, routes: "split: {pin: 100}" };
const never = new AbortController().signal;
let store: MemoryStore;

beforeEach(() => {
  store = createMemoryStore();
  writeHead(4, "p4");
  for (const version of ["1.0.0", "2.0.0"]) store.putByHand(releaseKey("shop", version), JSON.stringify({ version }));
});

function writeHead(revision: number, plan: string): void {
  const at = "2026-03-01T12:00:00.000Z";
  store.putByHand("desired/shop/head", JSON.stringify({ revision, digest: digestOf(accepted), at, by: "ana", plan }));
  store.putByHand(historyKey("shop", revision), JSON.stringify({ revision, at, by: "ana", plan, kind: "pin", before: { pins: {} }, after: accepted, overrides: [], services: { shop: revision } }));
}

/** What is meant after keys were written by hand, by an agent that remembers what it applied last. */
async function resolve(pin: string, routes: string, remembered: Remembered | undefined) {
  store.putByHand("desired/shop/pin", pin);
  store.putByHand("desired/shop/routes", routes);
  const listed = await store.list("desired/shop/");
  if (!listed.ok) throw new Error(listed.fault.kind);
  const resolved = await createIntentResolver(store, self).resolve(listed.value.entries, remembered, never);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.fault));
  const { flips, intent } = resolved.value;
  return { state: intent.state, flipped: flips?.effective.flipped ?? [], refused: intent.refused.map(({ part }) => part) };
}

describe("garbage after a flip that was obeyed, and isn't in history yet", () => {
  const flipped: DesiredState = { pins: { stable: "2.0.0" }, routes: "split: {2.0.0: 100}" };
  const obeyed: Remembered = { revision: 4, plan: "p4", state: flipped };

  it("changes nothing", async () => {
    expect(await resolve("2.0.0", "split: {2.0.0: 100}", { ...obeyed, state: accepted })).toEqual({ state: flipped, flipped: ["pin", "routes"], refused: [] });
    expect(await resolve("2.0.0", "split: {2.0.0: -1}", obeyed)).toEqual({ state: flipped, flipped: ["pin"], refused: ["routes"] });
    expect(await resolve("?", "split: {2.0.0: -1}", obeyed)).toEqual({ state: flipped, flipped: [], refused: ["pin", "routes"] });
  });

  it("falls back to what is accepted where nothing is remembered, or that was under another head", async () => {
    for (const remembered of [undefined, { ...obeyed, revision: 3, plan: "p3" }]) expect(await resolve("?", "split: {2.0.0: -1}", remembered)).toEqual({ state: accepted, flipped: [], refused: ["pin", "routes"] });
  });

  it("ends with the accepted values being written again", async () => {
    expect(await resolve("1.0.0", "split: {pin: 100}", obeyed)).toEqual({ state: accepted, flipped: [], refused: [] });
  });
});
