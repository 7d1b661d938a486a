import { describe, expect, it } from "vitest";
import { type Remembered, consulIntent, rememberedIntent, restoredHold, targetOf } from "../../../../agent/loop/determine-intent.ts";
import type { RefusedPart } from "../../../../core/decide/effective.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import type { Head } from "../../../../core/model/records.ts";

const self = { service: "shop", track: "stable", localVersion: "0.9.0" };
const state: DesiredState = { pins: { stable: "1.0.0", canary: "2.0.0" }, config: "a: 1" };
const head: Head = { revision: 7, digest: "d", at: "2026-03-01T12:00:00.000Z", by: "ana" };
const refused = (part: RefusedPart["part"]): RefusedPart => ({ part, code: "malformed", message: `${part} is garbage` });
const effective = (...parts: RefusedPart[]) => ({ state, refused: parts, flipped: [], overrides: [] });

describe("targetOf", () => {
  it.each([
    ["the track's own pin", self, state, "1.0.0"],
    ["another track's pin", { ...self, track: "canary" }, state, "2.0.0"],
    ["a track without a pin runs the local file's version", { ...self, track: "blue" }, state, "0.9.0"],
    ["unpinned on purpose", self, { pins: { stable: "none" } }, "0.9.0"],
    ["nothing anywhere", { ...self, localVersion: undefined }, { pins: {} }, undefined],
  ])("%s", (_, who, desired, version) => {
    expect(targetOf(desired, who).version).toBe(version);
  });
});

describe("consulIntent", () => {
  it("holds for garbage that concerns the track, and for no other track's", () => {
    expect(consulIntent(head, effective(refused("pin")), self).hold?.code).toBe("malformed");
    expect(consulIntent(head, effective(refused("config")), self).hold?.code).toBe("malformed");
    expect(consulIntent(head, effective(refused("pin.canary")), self).hold).toBeUndefined();
  });

  it.each([
    [undefined, 0],
    [{ "*": 5 }, 5],
    [{ stable: 6, "*": 5 }, 6],
    [{ canary: 7, "*": 5 }, 5],
    [{ canary: 7 }, 0],
  ])("restarts %o", (restarts, revision) => {
    expect(consulIntent({ ...head, restarts }, effective(), self).restartRevision).toBe(revision);
  });
});

describe("rememberedIntent", () => {
  const hold = { code: "unreachable", message: "Consul can't be reached" };

  it("goes on with what was applied last", () => {
    expect(rememberedIntent({ revision: 6, state }, self, hold)).toMatchObject({ kind: "remembered", revision: 6, target: { version: "1.0.0", config: "a: 1" }, hold });
  });

  it("decides nothing where nothing is remembered", () => {
    expect(rememberedIntent(undefined, self, hold)).toEqual({ kind: "unknown", hold });
  });
});

describe("restoredHold", () => {
  const remembered = { revision: 7, plan: "shop.7-aaaaaa", state };
  const held = (now: Head | undefined, then: Remembered | undefined) => restoredHold(now, then, "rollpin/desired/shop/head", "shop");

  it.each([
    ["nothing was applied yet", head, undefined],
    ["the head is newer", { ...head, revision: 8 }, remembered],
    ["it is the very revision", { ...head, plan: "shop.7-aaaaaa" }, remembered],
    ["an agent of before that kept no plan", { ...head, plan: "shop.7-bbbbbb" }, { revision: 7, state }],
  ])("%s: nothing was restored", (_, now, then) => {
    expect(held(now, then)).toBeUndefined();
  });

  it.each([
    ["an older head", { ...head, revision: 6 }, "is at revision 6"],
    ["the same number by another plan", { ...head, plan: "shop.7-bbbbbb" }, "revision 7 by another plan"],
    ["no head at all", undefined, "is gone"],
  ])("%s: held, with the ways out", (_, now, words) => {
    const hold = held(now, remembered);
    expect(hold?.code).toBe("restored");
    expect(hold?.message).toContain(words);
    expect(hold?.message).toContain("rollpin restore accept shop");
    expect(hold?.message).toContain("rollpin restore reassert shop");
  });
});
