/**
 * What a rollout does next. Each arrow is one transaction that compares and sets its record; where it changes what is pinned or
 * routed, the plan is in the same transaction, so that no step is skipped or done twice, whoever dies in between.
 *
 *     begun ──step──► settling ──all have applied──► holding ──held for its time, and well──► settling (the next step) …
 *                        │                              │ └──of the last step──► promoted (called good)
 *                        └──────────bad, or abort───────┴─► turned-back, aborted (what stood before it began, condemned)
 *     any of them ──another revision stands there──► overtaken
 *
 * `paused` stands beside a state: time stands still, and only what is bad, or a person, moves it.
 */
import { isoTime, parseIsoTime } from "../../clock.ts";
import type { Finding } from "../guard/judge.ts";
import { type Rollout, hasEnded } from "../../model/rollout.ts";

export interface RolloutFacts {
  /** Milliseconds since the epoch, as Consul counts. */
  readonly now: number;
  /** That stands there now. */
  readonly revision: number;
  /** Of the step that was taken last. `stuck`: an instance that was to run the version can't. */
  readonly receipt: { readonly kind: "applied" } | { readonly kind: "waiting" } | { readonly kind: "stuck"; readonly why: string };
  /** What signals say of the version now; undefined where nothing is known yet. */
  readonly finding: Finding | undefined;
  readonly onNoData: "pause" | "ignore" | "rollback";
  /** Whether the policy only records. */
  readonly dryRun: boolean;
}

export type Move =
  | { readonly kind: "rest" }
  /** Only the record moves on. */
  | { readonly kind: "write"; readonly next: Rollout }
  /** The step of that number, from 0. */
  | { readonly kind: "step"; readonly step: number }
  | { readonly kind: "finish" }
  /** The guard's own word, of which people are told. `isInstead`: of going back, which the policy doesn't let it do. */
  | ({ readonly kind: "pause"; readonly next: Rollout; readonly isInstead: boolean } & Reason)
  | ({ readonly kind: "back" } & Reason);

interface Reason {
  readonly why: string;
  /** What of the policy, or of what rollouts are, says so. */
  readonly line: string;
}

const REST: Move = { kind: "rest" };
/** What moves, and doesn't arrive. */
const SETTLE_LIMIT_MS = 600_000;

export function determineMove(rollout: Rollout, facts: RolloutFacts): Move {
  if (hasEnded(rollout)) return REST;
  if (facts.revision !== rollout.head) return { kind: "write", next: endRollout(rollout, "overtaken", facts.now, `revision ${facts.revision} was made by somebody else while ${rollout.head} stood`) };
  const trouble = rollout.state === "begun" ? undefined : findTrouble(rollout, facts);
  if (trouble !== undefined) return trouble;
  if (rollout.paused !== undefined) return REST;
  if (rollout.state === "begun") return { kind: "step", step: 0 };
  return rollout.state === "settling" ? settle(rollout, facts) : hold(rollout, facts);
}

/** What goes before anything else, paused or not. */
function findTrouble(rollout: Rollout, facts: RolloutFacts): Move | undefined {
  const { dryRun, now } = facts;
  const bad = whyBack(rollout, facts);
  if (bad !== undefined && !dryRun) return { kind: "back", ...bad };
  if (rollout.paused !== undefined) return undefined;
  if (bad !== undefined) return pauseFor(rollout, now, { ...bad, why: `the policy says dryRun, else it would go back now: ${bad.why}` }, true);
  const reason = whyPause(rollout, facts);
  return reason === undefined ? undefined : pauseFor(rollout, now, reason);
}

function whyBack({ state }: Rollout, { finding, onNoData, receipt }: RolloutFacts): Reason | undefined {
  if (finding?.kind === "bad") return { why: finding.summary, line: "rollout: what is bad goes back to where it began" };
  if (finding?.kind === "no-data" && onNoData === "rollback") return { why: finding.summary, line: "onNoData: rollback" };
  return receipt.kind === "stuck" && state === "settling" ? { why: `the step can't be applied: ${receipt.why}`, line: "rollout: a step that can't be applied goes back to where it began" } : undefined;
}

function whyPause(rollout: Rollout, { finding, onNoData }: RolloutFacts): Reason | undefined {
  if (finding?.kind === "not-the-release") return { why: finding.summary, line: "judgement: what is not the release's pauses a rollout, and takes nothing back" };
  return finding?.kind === "no-data" && onNoData === "pause" && awaitsWord(rollout) ? { why: `nothing can be said of it: ${finding.summary}`, line: "onNoData: pause" } : undefined;
}

/** Whether what signals say decides about the next step: a step without a hold brings no traffic that they could speak of. */
function awaitsWord(rollout: Rollout): boolean {
  return rollout.state === "holding" && rollout.promote === undefined && holdOf(rollout) > 0;
}

function holdOf({ steps, taken }: Rollout): number {
  return steps[taken - 1]?.holdMs ?? 0;
}

function settle(rollout: Rollout, { now, receipt }: RolloutFacts): Move {
  if (receipt.kind === "applied") return { kind: "write", next: { ...rollout, state: "holding", since: isoTime(now), heldMs: 0 } };
  return now - parseIsoTime(rollout.since) > SETTLE_LIMIT_MS ? pauseFor(rollout, now, { why: `step ${rollout.taken} was not applied everywhere within ${SETTLE_LIMIT_MS / 60_000} minutes`, line: "rollout: a step that doesn't arrive pauses it" }) : REST;
}

function hold(rollout: Rollout, { finding, now, onNoData }: RolloutFacts): Move {
  const holdMs = holdOf(rollout);
  const isLast = rollout.taken === rollout.steps.length;
  const isOver = rollout.promote !== undefined && !(rollout.promote === "all" && isLast);
  const isWell = holdMs === 0 || finding?.kind === "well" || (finding?.kind === "no-data" && onNoData === "ignore");
  if (!isOver && (!isWell || heldMs(rollout, now) < holdMs)) return REST;
  return isLast ? { kind: "finish" } : { kind: "step", step: rollout.taken };
}

/** How long the hold under way has lasted, pauses left out. */
export function heldMs({ heldMs: before, paused, since, state }: Rollout, now: number): number {
  if (state !== "holding") return 0;
  return paused === undefined ? before + Math.max(0, now - parseIsoTime(since)) : before;
}

function pauseFor(rollout: Rollout, now: number, reason: Reason, isInstead = false): Move {
  return { kind: "pause", next: pauseRollout(rollout, { at: isoTime(now), by: "guard", why: reason.why }), isInstead, ...reason };
}

export function pauseRollout(rollout: Rollout, paused: NonNullable<Rollout["paused"]>): Rollout {
  return { ...rollout, heldMs: heldMs(rollout, parseIsoTime(paused.at)), paused };
}

export function resumeRollout(rollout: Rollout, now: number): Rollout {
  return { ...rollout, paused: undefined, since: isoTime(now) };
}

export function endRollout(rollout: Rollout, state: "promoted" | "turned-back" | "aborted" | "overtaken", now: number, why?: string): Rollout {
  return { ...rollout, state, paused: undefined, promote: undefined, since: isoTime(now), endedAt: isoTime(now), why: why?.slice(0, LONGEST_WHY) };
}

const LONGEST_WHY = 1_000;

/** The record once the next step is committed as that revision. A word that all holds are over stays. */
export function takeStep(rollout: Rollout, revision: number, now: number): Rollout {
  return { ...rollout, state: "settling", taken: rollout.taken + 1, head: revision, since: isoTime(now), heldMs: 0, promote: rollout.promote === "all" ? "all" : undefined };
}
