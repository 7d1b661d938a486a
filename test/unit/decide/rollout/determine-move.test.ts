import { describe, expect, it } from "vitest";
import { isoTime } from "../../../../core/clock.ts";
import type { Finding } from "../../../../core/decide/guard/judge.ts";
import { type RolloutFacts, determineMove, heldMs, pauseRollout, resumeRollout, takeStep } from "../../../../core/decide/rollout/determine-move.ts";
import { rolloutSteps } from "../../../../core/decide/rollout/rollout-steps.ts";
import type { Rollout } from "../../../../core/model/rollout.ts";

const T0 = Date.parse("2026-11-30T03:00:00.000Z");
const HOLD = 60_000;
const BAKE = 120_000;

const WELL: Finding = { kind: "well", summary: "all good" };
const BAD: Finding = { kind: "bad", signals: ["errors"], summary: "errors: 20% against 1%" };
const SILENT: Finding = { kind: "no-data", signals: ["errors"], summary: "errors: Prometheus can't be asked" };
const NOT_IT: Finding = { kind: "not-the-release", why: "every-version", signals: ["errors"], summary: "every version fails alike" };

/** Canary at 5 and 50%, then all of it: four steps. */
const BEGUN: Rollout = { service: "checkout", version: "2.0.0", from: "1.0.0", ...rolloutSteps("2.0.0", { kind: "traffic", track: "canary", percentages: [5, 50], holdMs: HOLD, bakeMs: BAKE }), taken: 0, state: "begun", since: isoTime(T0), heldMs: 0, base: 7, head: 7, by: "jo", startedAt: isoTime(T0) };
const FACTS: RolloutFacts = { now: T0, revision: 7, receipt: { kind: "applied" }, finding: undefined, onNoData: "pause", dryRun: false };

const at = (taken: number, state: Rollout["state"], more: Partial<Rollout> = {}): Rollout => ({ ...BEGUN, taken, state, ...more });
const PAUSED = { at: isoTime(T0), by: "jo", why: "lunch" };
const WAITING: RolloutFacts["receipt"] = { kind: "waiting" };
const STUCK: RolloutFacts["receipt"] = { kind: "stuck", why: "checkout-3 is stalled" };

interface Case {
  readonly when: string;
  readonly rollout: Rollout;
  readonly facts: Partial<RolloutFacts>;
  /** `write` with what the record says then. */
  readonly move: string;
}

const CASES: readonly Case[] = [
  { when: "it has begun", rollout: BEGUN, facts: {}, move: "step 0" },
  { when: "it has begun, and is paused", rollout: at(0, "begun", { paused: PAUSED }), facts: {}, move: "rest" },
  { when: "another revision stands there", rollout: at(2, "holding"), facts: { revision: 9, finding: BAD }, move: "write overtaken" },
  { when: "another revision stands there before the first step", rollout: BEGUN, facts: { revision: 8 }, move: "write overtaken" },
  { when: "a step is being applied", rollout: at(2, "settling"), facts: { receipt: WAITING, now: T0 + HOLD }, move: "rest" },
  { when: "a step is applied everywhere", rollout: at(2, "settling"), facts: {}, move: "write holding" },
  { when: "a step isn't applied everywhere for long", rollout: at(2, "settling"), facts: { receipt: WAITING, now: T0 + 600_001 }, move: "pause settling: rollout: a step that doesn't arrive pauses it" },
  { when: "an instance can't run it", rollout: at(1, "settling"), facts: { receipt: STUCK }, move: "back: the step can't be applied: checkout-3 is stalled" },
  { when: "it turns out bad while it is being applied", rollout: at(1, "settling"), facts: { receipt: WAITING, finding: BAD }, move: "back: errors: 20% against 1%" },
  { when: "the first step needs no hold", rollout: at(1, "holding"), facts: { finding: undefined }, move: "step 1" },
  { when: "the first step needs no hold, and there is no traffic yet", rollout: at(1, "holding"), facts: { finding: SILENT }, move: "step 1" },
  { when: "it holds, and its time isn't over", rollout: at(2, "holding"), facts: { finding: WELL, now: T0 + HOLD - 1 }, move: "rest" },
  { when: "it has held for its time, and is well", rollout: at(2, "holding"), facts: { finding: WELL, now: T0 + HOLD }, move: "step 2" },
  { when: "it has held for its time, and nothing is known", rollout: at(2, "holding"), facts: { finding: undefined, now: T0 + 10 * HOLD }, move: "rest" },
  { when: "a part of the hold was before a pause", rollout: at(2, "holding", { heldMs: HOLD - 10 }), facts: { finding: WELL, now: T0 + 10 }, move: "step 2" },
  { when: "it turns out bad", rollout: at(3, "holding"), facts: { finding: BAD }, move: "back: errors: 20% against 1%" },
  { when: "it turns out bad, and is paused", rollout: at(3, "holding", { paused: PAUSED }), facts: { finding: BAD }, move: "back: errors: 20% against 1%" },
  { when: "it turns out bad, and the policy only records", rollout: at(3, "holding"), facts: { finding: BAD, dryRun: true }, move: "pause holding, instead of going back: rollout: what is bad goes back to where it began" },
  { when: "signals say nothing", rollout: at(3, "holding"), facts: { finding: SILENT, now: T0 + HOLD }, move: "pause holding: onNoData: pause" },
  { when: "signals say nothing, while it is being applied", rollout: at(3, "settling"), facts: { finding: SILENT, receipt: WAITING }, move: "rest" },
  { when: "signals say nothing, and that may be", rollout: at(3, "holding"), facts: { finding: SILENT, onNoData: "ignore", now: T0 + HOLD }, move: "step 3" },
  { when: "signals say nothing, and that is bad", rollout: at(3, "holding"), facts: { finding: SILENT, onNoData: "rollback" }, move: "back: errors: Prometheus can't be asked" },
  { when: "every version fails alike", rollout: at(3, "holding"), facts: { finding: NOT_IT, now: T0 + HOLD }, move: "pause holding: judgement: what is not the release's pauses a rollout, and takes nothing back" },
  { when: "a person promotes it", rollout: at(2, "holding", { promote: "step" }), facts: { finding: undefined }, move: "step 2" },
  { when: "a person promotes it, and signals say nothing", rollout: at(2, "holding", { promote: "step" }), facts: { finding: SILENT }, move: "step 2" },
  { when: "a person promotes it, and it is bad", rollout: at(2, "holding", { promote: "step" }), facts: { finding: BAD }, move: "back: errors: 20% against 1%" },
  { when: "all holds are over but the bake", rollout: at(4, "holding", { promote: "all" }), facts: { finding: WELL, now: T0 + HOLD }, move: "rest" },
  { when: "a person promotes it out of its bake", rollout: at(4, "holding", { promote: "step" }), facts: { finding: WELL }, move: "finish" },
  { when: "it bakes", rollout: at(4, "holding"), facts: { finding: WELL, now: T0 + HOLD }, move: "rest" },
  { when: "it has baked", rollout: at(4, "holding"), facts: { finding: WELL, now: T0 + BAKE }, move: "finish" },
  ...(["promoted", "turned-back", "aborted", "overtaken"] as const).map((state): Case => ({ when: `it is ${state}`, rollout: at(2, state), facts: { finding: BAD, revision: 99 }, move: "rest" })),
];

function say(rollout: Rollout, facts: Partial<RolloutFacts>): string {
  const move = determineMove(rollout, { ...FACTS, ...facts });
  switch (move.kind) {
    case "write":
      return `write ${move.next.state}`;
    case "pause":
      expect(move.next.paused).toMatchObject({ by: "guard", why: move.why });
      return `pause ${move.next.state}${move.isInstead ? ", instead of going back" : ""}: ${move.line}`;
    case "step":
      return `step ${move.step}`;
    case "back":
      return `back: ${move.why}`;
    case "finish":
    case "rest":
      return move.kind;
  }
}

it.each(CASES)("$when: $move", ({ facts, move, rollout }) => {
  expect(say(rollout, facts)).toBe(move);
});

describe("time stands still while it is paused", () => {
  it("and goes on where it was", () => {
    const paused = pauseRollout(at(2, "holding"), { at: isoTime(T0 + 20_000), by: "jo", why: "lunch" });
    expect(heldMs(paused, T0 + 999_000)).toBe(20_000);
    const resumed = resumeRollout(paused, T0 + 1_000_000);
    expect(heldMs(resumed, T0 + 1_005_000)).toBe(25_000);
    expect(resumed.paused).toBeUndefined();
  });

  it("and a clock that was set back takes nothing away", () => {
    expect(heldMs(at(2, "holding", { heldMs: 10_000 }), T0 - 50_000)).toBe(10_000);
  });
});

it("a step forgets the word for this one only, and keeps that for all", () => {
  expect(takeStep(at(2, "holding", { promote: "step" }), 9, T0)).toMatchObject({ state: "settling", taken: 3, head: 9 });
  expect(takeStep(at(2, "holding", { promote: "step" }), 9, T0).promote).toBeUndefined();
  expect(takeStep(at(2, "holding", { promote: "all" }), 9, T0).promote).toBe("all");
});

it("goes through any run of facts without a step left out or taken twice", () => {
  const findings = [undefined, WELL, WELL, WELL, SILENT];
  for (let seed = 1; seed <= 200; seed += 1) {
    let state = seed;
    const draw = (most: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % most;
    };
    let rollout = BEGUN;
    let now = T0;
    const steps: number[] = [];
    for (let look = 0; look < 400; look += 1) {
      now += draw(30_000);
      const move = determineMove(rollout, { ...FACTS, now, revision: rollout.head, receipt: draw(3) === 0 ? WAITING : { kind: "applied" }, finding: findings[draw(findings.length)] });
      if (move.kind === "step") {
        steps.push(move.step);
        rollout = takeStep(rollout, rollout.head + 1, now);
      } else if (move.kind === "write") rollout = move.next;
      else if (move.kind === "pause") rollout = resumeRollout(move.next, now);
      else if (move.kind === "finish") break;
    }
    expect(steps).toEqual([0, 1, 2, 3]);
  }
});
