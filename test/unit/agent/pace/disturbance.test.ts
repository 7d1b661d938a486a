import { describe, expect, it } from "vitest";
import type { Applier, Change, Disturbance } from "../../../../agent/appliers/applier.ts";
import { needsSlot } from "../../../../agent/pace/disturbance.ts";
import { pacingOf } from "../../../../agent/pace/pacing.ts";
import { ok } from "../../../../core/model/result.ts";

const target = (version: string) => ({ version, config: undefined, routes: undefined });
const change: Change = { service: "checkout", instance: "a", track: "stable", revision: 12, digest: "", from: target("1.0.0"), to: target("2.0.0"), restart: false };
const pacing = (back?: boolean) => ({ text: "2", pace: { kind: "count", count: 2, stopAfter: 1 } as const, move: { revision: 12, ...(back === undefined ? {} : { back }) } });

function applierOf(disturbance?: Disturbance): Applier {
  const done = async () => ok(undefined);
  return { name: "one", check: done, apply: done, verify: done, undo: done, settle: async () => undefined, close: async () => undefined, ...(disturbance === undefined ? {} : { disturbs: () => disturbance }) };
}

describe("a change waits for its turn", () => {
  it.each<readonly [string, readonly (Disturbance | undefined)[], Partial<Change>, boolean, boolean]>([
    ["beside what runs: forward only", ["beside"], {}, true, false],
    ["in place: both ways", ["in-place"], {}, true, true],
    ["nothing is disturbed: never", ["nothing"], {}, false, false],
    ["any of several", ["nothing", "beside"], {}, true, false],
    ["the worst of several", ["beside", "in-place"], {}, true, true],
    ["an applier that can't tell: in place", [undefined], {}, true, true],
    ["unless it is the first one", [undefined], { from: undefined }, false, false],
    ["or the same again", [undefined], { to: target("1.0.0") }, false, false],
    ["but not where a restart is asked for", [undefined], { to: target("1.0.0"), restart: true }, true, true],
    ["no applier", [], {}, false, false],
  ])("%s", (_, disturbances, given, forward, back) => {
    const appliers = disturbances.map(applierOf);
    expect([needsSlot(pacing(), appliers, { ...change, ...given }), needsSlot(pacing(true), appliers, { ...change, ...given })]).toEqual([forward, back]);
  });
});

describe("how a change is let through", () => {
  const head = { revision: 12, digest: "", at: "", by: "", move: { stable: { revision: 9, back: true }, canary: { revision: 12 } } };
  const effective = (pace: string | undefined, ...flipped: ("pin" | "pin.canary" | "config" | "pace")[]) => ({ state: { pins: {}, pace }, refused: [], flipped, overrides: [] });

  it.each([undefined, "all"])("not at all with pace %s", (pace) => {
    expect(pacingOf(head, effective(pace), "stable")).toBeUndefined();
  });

  it.each<readonly [string, readonly ("pin" | "pin.canary" | "config" | "pace")[], object]>([
    ["as the head says", [], { revision: 9, back: true }],
    ["a flip by hand is the revision to come", ["pin"], { revision: 13 }],
    ["a flipped config too", ["config"], { revision: 13 }],
    ["another track's flip is not", ["pin.canary", "pace"], { revision: 9, back: true }],
  ])("%s", (_, flipped, move) => {
    expect(pacingOf(head, effective("2 stop-after 3", ...flipped), "stable")).toEqual({ text: "2 stop-after 3", pace: { kind: "count", count: 2, stopAfter: 3 }, move });
  });
});
