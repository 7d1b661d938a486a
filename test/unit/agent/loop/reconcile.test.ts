import { describe, expect, it } from "vitest";
import type { Intent } from "../../../../agent/loop/intent.ts";
import type { PaceGate } from "../../../../agent/pace/gate.ts";
import { err, ok } from "../../../../core/model/result.ts";
import { until } from "../../../support/until.ts";
import { applying, count, settled, wants } from "./reconcile-rig.ts";

describe("the reconcile loop", () => {
  it("applies, rests, and acts on a newer revision of the same target without applying again", async () => {
    const loop = await settled(wants("1.0.0", 1));
    loop.intent = wants("1.0.0", 2);
    loop.poke();
    await until("revision 2", async () => loop.standings.at(-1)?.applied?.revision === 2, { everyMs: 1 });
    expect(loop.started).toHaveLength(1);
    await loop.stop();
  });

  it("ends an apply that a newer target overtook, and the latest wins", async () => {
    const loop = await applying(wants("1.0.0", 1));
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
    const loop = await applying(wants("1.0.0", 1));
    loop.intent = wants("1.0.0", 2);
    loop.poke();
    loop.land(ok(undefined));
    await until("revision 2", async () => loop.standings.at(-1)?.applied?.revision === 2, { everyMs: 1 });
    expect(loop.started).toHaveLength(1);
    await loop.stop();
  });

  it("restarts once for a restart that was asked for during an apply", async () => {
    const loop = await applying(wants("1.0.0", 1));
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
    const loop = await applying(wants("2.0.0", 1));
    const fault = err({ applier: "scripted", kind: "failed", message: "never ready" } as const);
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
      const loop = await settled(paced("1.0.0", 1), gate);
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
      const loop = await applying(paced("1.0.0", 1), gate);
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
      const loop = await settled(paced("1.0.0", 1), gate);
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
      const loop = await applying(paced("1.0.0", 1), gate);
      loop.land(ok(undefined));
      loop.intent = paced("2.0.0", 2);
      await until("second apply", async () => (loop.poke(), loop.started.length >= 2), { everyMs: 1 });
      loop.land(err({ applier: "scripted", kind: "broken", message: "no way back" } as const));
      await until("stalled", async () => state.endings.at(-1) === "stalled 2", { everyMs: 1 });
      await loop.stop();
    });
  });
});
