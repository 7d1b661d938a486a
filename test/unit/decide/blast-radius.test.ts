import { describe, expect, test } from "vitest";
import { withBlast } from "../../../core/decide/blast-radius.ts";
import { digestForTrack } from "../../../core/decide/digest.ts";
import { planConfig } from "../../../core/decide/plans/plan-config.ts";
import { planPace } from "../../../core/decide/plans/plan-pace.ts";
import { planPin } from "../../../core/decide/plans/plan-pin.ts";
import { planRestart } from "../../../core/decide/plans/plan-restart.ts";
import type { Planned } from "../../../core/decide/plans/assemble-plan.ts";
import type { InstanceRecord } from "../../../core/model/records.ts";
import { NOW, factsOf, pinned } from "./facts.ts";
import { planOf } from "./plans/outcome.ts";

const state = { pins: { stable: "2.0.0", canary: "3.0.0" } };
const running = (instance: string, version: string, track = "stable"): Partial<InstanceRecord> => ({ instance, version, track, digest: digestForTrack(state, track) });
const facts = factsOf({ registered: ["1.0.0", "2.0.0", "3.0.0"], states: [pinned("1.0.0"), state], instances: [running("a", "2.0.0"), running("b", "2.0.0"), running("c", "3.0.0", "canary")] });

function blastOf(planned: Planned, routers: readonly Readonly<Record<string, number>>[] = []) {
  const traffic = new Map([["checkout", { instances: [], failoverPassing: undefined, routers: routers.map((shares, at) => ({ router: `edge-${at}`, kind: "proxy", shares })) }]]);
  return withBlast(planOf(planned), [facts], traffic).services[0]?.blast;
}

const context = { now: NOW };
const pin = planPin(facts, { service: "checkout", track: "stable", version: "1.0.0", override: false }, context);

describe("what a plan touches", () => {
  test("a pin: the live instances of its track", () => expect(blastOf(pin)).toEqual({ instances: 2, of: 3 }));
  test("and the traffic of the version that is left, by each router that says", () =>
    expect(blastOf(pin, [{ "2.0.0": 0.748, "3.0.0": 0.252 }, { "2.0.0": 0.76, "3.0.0": 0.24 }])?.traffic).toEqual({ least: 0.748, most: 0.76, routers: 2 }));
  test("config: everybody, whatever the track", () => expect(blastOf(planConfig(facts, { service: "checkout", text: "a: 1", override: false }, context), [{ "2.0.0": 0.7, "3.0.0": 0.3 }])).toEqual({ instances: 3, of: 3, traffic: { least: 1, most: 1, routers: 1 } }));
  test("a restart of one track: its instances, though nothing of what they should be differs", () => expect(blastOf(planRestart([facts], { services: ["checkout"], track: "canary", override: false }, context))).toEqual({ instances: 1, of: 3 }));
  test("a pace: nobody", () => expect(blastOf(planPace(facts, { service: "checkout", pace: "1", override: false }, context))).toBeUndefined());
  test("nobody who is there already", () => {
    const done = { ...facts, instances: facts.instances.map((seen) => (seen.record.instance === "a" ? { ...seen, record: { ...seen.record, version: "1.0.0", digest: digestForTrack(pinned("1.0.0"), "stable") } } : seen)) };
    expect(withBlast(planOf(pin), [done], undefined).services[0]?.blast).toEqual({ instances: 1, of: 3 });
  });
  test("it is no part of the fingerprint", () => expect(withBlast(planOf(pin), [facts], undefined).fingerprint).toBe(planOf(pin).fingerprint));
});
