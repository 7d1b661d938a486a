import type { Applied, Applier, Change, Target } from "../../../../agent/appliers/applier.ts";
import type { Intent } from "../../../../agent/loop/intent.ts";
import type { ApplyOutcome, Standing } from "../../../../agent/loop/loop-state.ts";
import { createReconcileLoop } from "../../../../agent/loop/reconcile.ts";
import type { PaceGate } from "../../../../agent/pace/gate.ts";
import type { Clock } from "../../../../core/clock.ts";
import { err, ok } from "../../../../core/model/result.ts";
import { until } from "../../../support/until.ts";

export const wants = (version: string, revision: number, restartRevision = 0): Intent => ({
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

export const count = (what: string, list: readonly unknown[], wanted: number): Promise<unknown> => until(what, async () => list.length >= wanted, { everyMs: 1, deadlineMs: 2_000 });

/** The loop with the first apply under way. */
export async function applying(first: Intent, gate?: Parameters<typeof rig>[1]): Promise<Rig> {
  const loop = rig(first, gate);
  await count("first apply", loop.started, 1);
  return loop;
}

/** The loop in sync with what it was started with. */
export async function settled(first: Intent, gate?: Parameters<typeof rig>[1]): Promise<Rig> {
  const loop = await applying(first, gate);
  loop.land(ok(undefined));
  await until("in sync", () => loop.standings.at(-1)?.status === "in-sync", { everyMs: 1 });
  return loop;
}
