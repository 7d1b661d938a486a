import { describe, expect, it } from "vitest";
import { type Applied, type Applier, type Change, type Target } from "../../../../agent/appliers/applier.ts";
import type { Intent } from "../../../../agent/loop/intent.ts";
import type { PaceGate } from "../../../../agent/pace/gate.ts";
import type { ApplyOutcome, Standing } from "../../../../agent/loop/loop-state.ts";
import { createReconcileLoop } from "../../../../agent/loop/reconcile.ts";
import type { Clock } from "../../../../core/clock.ts";
import { err, ok } from "../../../../core/model/result.ts";
import { until } from "../../../support/until.ts";

const wants = (version: string, revision: number, restartRevision = 0): Intent => ({
  kind: "consul",
  revision,
  plan: undefined,
  mode: "enforce",
  restartRevision,
  state: { pins: { stable: version } },
  target: { version, config: undefined, routes: undefined },
  digest: `digest of ${version}`,
  refused: [],
  hold: undefined,
});

/** Sleeps take no time; their lengths are kept. Sleeps of the telling kind (250 ms) never end by themselves. */
function quickClock(slept: number[]): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => (now += 100),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms !== 250) {
          slept.push(ms);
          return resolve();
        }
        signal?.addEventListener("abort", () => resolve(), { once: true });
      }),
  };
}

interface Rig {
  intent: Intent;
  readonly started: Change[];
  readonly standings: Standing[];
  readonly outcomes: ApplyOutcome[];
  readonly slept: number[];
  /** Ends the apply under way. */
  land(result: Applied): void;
  poke(): void;
  /** The version that was applied last. */
  target(): Target | undefined;
  stop(): Promise<void>;
}

/** The loop with one applier whose applies end when the test says so, or with `superseded` when overtaken. */
function rig(first: Intent, gate?: Pick<PaceGate, "admit" | "end" | "holds">): Rig {
  const flights: { land: (result: Applied) => void }[] = [];
  const started: Change[] = [];
  const applier: Applier = {
    name: "scripted",
    check: async () => ok(undefined),
    apply: (change, signal) =>
      new Promise((resolve) => {
        started.push(change);
        flights.push({ land: resolve });
        signal.addEventListener("abort", () => resolve(err({ applier: "scripted", kind: "superseded", message: "overtaken" })), { once: true });
      }),
    verify: async () => ok(undefined),
    undo: async () => ok(undefined),
    settle: async () => undefined,
    close: async () => undefined,
  };
  const stop = new AbortController();
  const slept: number[] = [];
  const standings: Standing[] = [];
  const outcomes: ApplyOutcome[] = [];
  const made: Rig = { intent: first, started, standings, outcomes, slept, land: (result) => flights.at(-1)?.land(result), poke: () => loop.poke(), target: () => loop.applied()?.target, stop: async () => (stop.abort(), running) };
  const loop = createReconcileLoop({
    service: "shop",
    instance: "shop-1",
    track: "stable",
    tries: 2,
    appliers: [applier],
    clock: quickClock(slept),
    gate,
    intent: () => made.intent,
    process: () => undefined,
    observed: () => undefined,
    artifacts: () => undefined,
    before: undefined,
    onStanding: (standing) => standings.push(standing),
    onApplied: () => undefined,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const running = loop.run(stop.signal);
  return made;
}

const count = (what: string, list: readonly unknown[], wanted: number): Promise<unknown> => until(what, async () => list.length >= wanted, { everyMs: 1, deadlineMs: 2_000 });

describe("the reconcile loop", () => {
  it("applies, rests, and acts on a newer revision of the same target without applying again", async () => {
    const loop = rig(wants("1.0.0", 1));
    await count("first apply", loop.started, 1);
    loop.land(ok(undefined));
    await until("in sync", async () => loop.standings.at(-1)?.status === "in-sync", { everyMs: 1 });
    loop.intent = wants("1.0.0", 2);
    loop.poke();
    await until("revision 2", async () => loop.standings.at(-1)?.applied?.revision === 2, { everyMs: 1 });
    expect(loop.started).toHaveLength(1);
    await loop.stop();
  });

  it("ends an apply that a newer target overtook, and the latest wins", async () => {
    const loop = rig(wants("1.0.0", 1));
    await count("first apply", loop.started, 1);
    for (const [version, revision] of [["2.0.0", 2], ["3.0.0", 3], ["4.0.0", 4]] as const) {
      loop.intent = wants(version, revision);
      loop.poke();
    }
    await count("second apply", loop.started, 2);
    loop.land(ok(undefined));
    await until("applied", async () => loop.target()?.version === "4.0.0", { everyMs: 1 });
    expect(loop.started.map((change) => change.to.version)).toEqual(["1.0.0", "4.0.0"]);
    expect(loop.outcomes.map(({ outcome }) => outcome)).toEqual(["superseded", "applied"]);
    // The one pause after the overtaken apply.
    expect(loop.slept).toEqual([200]);
    await loop.stop();
  });

  it("is not overtaken by the same target in a newer revision", async () => {
    const loop = rig(wants("1.0.0", 1));
    await count("first apply", loop.started, 1);
    loop.intent = wants("1.0.0", 2);
    loop.poke();
    loop.land(ok(undefined));
    await until("revision 2", async () => loop.standings.at(-1)?.applied?.revision === 2, { everyMs: 1 });
    expect(loop.started).toHaveLength(1);
    await loop.stop();
  });

  it("restarts once for a restart that was asked for during an apply", async () => {
    const loop = rig(wants("1.0.0", 1));
    await count("first apply", loop.started, 1);
    loop.intent = wants("1.0.0", 2, 2);
    loop.poke();
    loop.land(ok(undefined));
    await count("restart", loop.started, 2);
    loop.land(ok(undefined));
    await until("in sync at 2", async () => loop.standings.at(-1)?.status === "in-sync", { everyMs: 1 });
    expect(loop.started.map(({ restart, revision }) => [restart, revision])).toEqual([[false, 1], [true, 2]]);
    await loop.stop();
  });

  it("stalls when the tries are spent, keeping the reason, and tries again for a new target", async () => {
    const loop = rig(wants("2.0.0", 1));
    const fault = err({ applier: "scripted", kind: "failed", message: "never ready" } as const);
    await count("first try", loop.started, 1);
    loop.land(fault);
    // The clock of this test moves with every look, so the retry is due as soon as the loop is poked often enough.
    await until("second try", async () => (loop.poke(), loop.started.length >= 2), { everyMs: 0 });
    loop.land(fault);
    await until("stalled", async () => loop.standings.at(-1)?.status === "stalled", { everyMs: 1 });
    expect(loop.standings.at(-1)?.reason?.message).toContain("never ready (try 2 of 2; no more follow");
    loop.intent = wants("1.0.0", 2);
    loop.poke();
    await count("another target", loop.started, 3);
    await loop.stop();
  });

  describe("at a pace", () => {
    const paced = (version: string, revision: number, back?: boolean): Intent => {
      const intent = wants(version, revision);
      return intent.kind === "consul" ? { ...intent, pacing: { text: "1", pace: { kind: "count", count: 1, stopAfter: 1 }, move: { revision, ...(back === undefined ? {} : { back }) } } } : intent;
    };

    /** Opens for the revisions that the test names, and writes down how turns end. */
    function gateFor(...open: number[]) {
      const endings: string[] = [];
      const state = { open, isHeld: true, endings };
      const gate: Pick<PaceGate, "admit" | "end" | "holds"> = {
        admit: ({ move }) => (state.open.includes(move.revision) ? { kind: "granted" } : { kind: "wait", status: "reconciling", reason: { code: "pace", message: `waits with ${move.revision}` } }),
        end: (pacing, { kind }) => void endings.push(`${kind} ${pacing?.move.revision ?? "-"}`),
        holds: () => state.isHeld,
      };
      return { state, gate };
    }

    it("starts the first time without a turn, then waits for one, and ends it", async () => {
      const { gate, state } = gateFor();
      const loop = rig(paced("1.0.0", 1), gate);
      await count("first apply", loop.started, 1);
      loop.land(ok(undefined));
      await until("in sync", async () => loop.standings.at(-1)?.status === "in-sync", { everyMs: 1 });
      loop.intent = paced("2.0.0", 2);
      loop.poke();
      await until("waits", async () => loop.standings.at(-1)?.reason?.message === "waits with 2", { everyMs: 1 });
      expect([loop.started.length, loop.standings.at(-1)?.status, loop.standings.at(-1)?.applied?.revision]).toEqual([1, "reconciling", 1]);
      state.open.push(2);
      loop.poke();
      await count("second apply", loop.started, 2);
      expect(state.endings.at(-1)).toBe("applied 1");
      loop.land(ok(undefined));
      await until("ended", async () => state.endings.at(-1) === "applied 2", { everyMs: 1 });
      await loop.stop();
    });

    it("obeys a newer target at once while it waits, as the one that runs", async () => {
      const { gate, state } = gateFor(3);
      const loop = rig(paced("1.0.0", 1), gate);
      await count("first apply", loop.started, 1);
      loop.land(ok(undefined));
      loop.intent = paced("2.0.0", 2);
      loop.poke();
      await until("waits", async () => loop.standings.at(-1)?.reason?.code === "pace", { everyMs: 1 });
      loop.intent = paced("1.0.0", 3, true);
      loop.poke();
      await until("in sync at 3", async () => loop.standings.at(-1)?.status === "in-sync" && loop.standings.at(-1)?.applied?.revision === 3, { everyMs: 1 });
      expect([loop.started.length, state.endings.at(-1)]).toEqual([1, "applied 3"]);
      await loop.stop();
    });

    it("puts back what it began under a turn that it lost", async () => {
      const { gate, state } = gateFor(2);
      const loop = rig(paced("1.0.0", 1), gate);
      await count("first apply", loop.started, 1);
      loop.land(ok(undefined));
      await until("in sync", async () => loop.standings.at(-1)?.status === "in-sync", { everyMs: 1 });
      loop.intent = paced("2.0.0", 2);
      loop.poke();
      await count("second apply", loop.started, 2);
      state.isHeld = false;
      state.open.length = 0;
      loop.poke();
      await until("waits again", async () => loop.standings.at(-1)?.reason?.code === "pace", { everyMs: 1 });
      expect(loop.outcomes.map(({ outcome }) => outcome)).toEqual(["applied", "superseded"]);
      await loop.stop();
    });

    it("says who stalled", async () => {
      const { gate, state } = gateFor(2);
      const loop = rig(paced("1.0.0", 1), gate);
      await count("first apply", loop.started, 1);
      loop.land(ok(undefined));
      loop.intent = paced("2.0.0", 2);
      await until("second apply", async () => (loop.poke(), loop.started.length >= 2), { everyMs: 1 });
      loop.land(err({ applier: "scripted", kind: "broken", message: "no way back" } as const));
      await until("stalled", async () => state.endings.at(-1) === "stalled 2", { everyMs: 1 });
      await loop.stop();
    });
  });
});
