import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Wanted, isFor, isRestart, isSettled, nextActuation } from "../../../../agent/lead/actuation.ts";
import { lookPause } from "../../../../agent/lead/look-pause.ts";
import type { Change } from "../../../../agent/appliers/applier.ts";
import type { Actuation } from "../../../../core/model/actuator-records.ts";

const AT = "2026-11-29T05:00:00.000Z";
const target = (version: string) => ({ version, config: undefined, routes: undefined });
const change = (version: string, revision: number, restart = false): Change => ({ service: "shop", instance: "shop-1", track: "stable", revision, digest: `d${version}`, from: undefined, to: target(version), restart });
const last = (version: string, over: Partial<Actuation> = {}): Actuation => ({ generation: 5, digest: `d${version}`, version, attempt: 2, tries: 2, state: "begun", by: "shop-1", at: AT, ...over });
const wants = (version: string, restartRevision = 0): Wanted => ({ digest: `d${version}`, version, restartRevision });
const next = (before: Actuation | undefined, wanted: Change) => nextActuation(before, wanted, { at: AT, by: "shop-2" });

describe("the next run", () => {
  it.each([
    { name: "the first", before: undefined, wanted: change("2", 6), attempt: 1, tries: 1 },
    { name: "one that was cut off goes on counting, whoever goes on", before: last("2"), wanted: change("2", 5), attempt: 3, tries: 3 },
    { name: "so does one that failed, for a later revision of the same target too", before: last("2", { state: "failed" }), wanted: change("2", 6), attempt: 3, tries: 3 },
    { name: "another target", before: last("1"), wanted: change("2", 6), attempt: 1, tries: 1 },
    { name: "what was done", before: last("2", { state: "done" }), wanted: change("2", 6, true), attempt: 1, tries: 1 },
    { name: "what was given up", before: last("2", { state: "failed", spent: true }), wanted: change("2", 6), attempt: 1, tries: 1 },
    { name: "what was given up, when a person asks for another go at the same revision", before: last("2", { state: "failed", spent: true }), wanted: change("2", 5), attempt: 3, tries: 1 },
    { name: "a restart asked for after a failure", before: last("2", { state: "failed" }), wanted: change("2", 6, true), attempt: 1, tries: 1 },
    { name: "another target under the same revision: flipped by hand", before: last("1", { state: "failed", spent: true }), wanted: change("2", 5), attempt: 3, tries: 1 },
    { name: "a restart that was cut off", before: last("2", { restart: true }), wanted: change("2", 5, true), attempt: 3, tries: 3 },
  ])("$name: attempt $attempt", ({ attempt, before, tries, wanted }) => {
    expect(next(before, wanted)).toEqual({ generation: wanted.revision, digest: wanted.digest, version: wanted.to.version, restart: wanted.restart || undefined, attempt, tries, state: "begun", by: "shop-2", at: AT });
  });

  it("never gives one number of one generation twice, however runs end", () => {
    const step = fc.record({ version: fc.constantFrom("1", "2"), moves: fc.boolean(), restart: fc.boolean(), ends: fc.constantFrom("begun", "done", "failed", "spent") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let before: Actuation | undefined;
        let revision = 1;
        for (const { ends, moves, restart, version } of steps) {
          if (moves) revision += 1;
          const run = next(before, change(version, revision, restart));
          const isLater = before === undefined || run.generation > before.generation || (run.generation === before.generation && run.attempt > before.attempt);
          expect(isLater).toBe(true);
          before = ends === "begun" ? run : { ...run, state: ends === "done" ? "done" : "failed", spent: ends === "spent" || undefined };
        }
      }),
    );
  });
});

describe("what is left to do", () => {
  it.each([
    { name: "nothing was done yet", before: undefined, wanted: wants("2"), settled: false, restart: false },
    { name: "it is done", before: last("2", { state: "done" }), wanted: wants("2"), settled: true, restart: false },
    { name: "it was given up", before: last("2", { state: "failed", spent: true }), wanted: wants("2"), settled: true, restart: false },
    { name: "it was cut off", before: last("2"), wanted: wants("2"), settled: false, restart: false },
    { name: "another is done", before: last("1", { state: "done" }), wanted: wants("2"), settled: false, restart: false },
    { name: "a restart was asked for since", before: last("2", { state: "done" }), wanted: wants("2", 6), settled: false, restart: true },
    { name: "a restart was cut off", before: last("2", { restart: true }), wanted: wants("2", 5), settled: false, restart: true },
    { name: "nothing is pinned", before: undefined, wanted: { ...wants("2"), version: undefined }, settled: true, restart: false },
  ])("$name", ({ before, restart, settled, wanted }) => {
    expect(isSettled(before, wanted)).toBe(settled);
    expect(isRestart(before, wanted)).toBe(restart);
  });

  it("a run is for what is wanted while no later restart asks for more", () => {
    expect([isFor(last("2"), wants("2", 5)), isFor(last("2"), wants("2", 6)), isFor(last("2"), wants("1"))]).toEqual([true, false, false]);
  });
});

it("looks at the lock soon while news is expected, seldom otherwise, and never without a pause", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), fc.nat(), fc.double({ min: 0, max: 0.999, noNaN: true }), (isOwn, awaitsNews, quietLooks, random) => {
      const pause = lookPause({ isOwn, awaitsNews, quietLooks, random });
      expect(pause).toBeGreaterThanOrEqual(isOwn || !awaitsNews ? 2_500 : 50);
      expect(pause).toBeLessThanOrEqual(isOwn || !awaitsNews ? 5_000 : 2_000);
    }),
  );
});
