/** One look at a service's rollout by the agent that guards it: where it stands, what signals say, and one move. */
import { boundEvidence } from "../../core/decide/guard/bound-evidence.ts";
import type { Watched } from "../../core/decide/guard/find-suspects.ts";
import { type Finding, judge } from "../../core/decide/guard/judge.ts";
import { type Move, determineMove } from "../../core/decide/rollout/determine-move.ts";
import { rolloutReceipt } from "../../core/decide/rollout/rollout-receipt.ts";
import { worstOf } from "../../core/decide/rollout/worst-of.ts";
import type { ServiceFacts, Stored } from "../../core/model/facts.ts";
import { type Outcome, describeStoreFault } from "../../core/model/fault.ts";
import type { GuardState } from "../../core/model/guard-records.ts";
import type { Reading, Suspect } from "../../core/model/reading.ts";
import { ok } from "../../core/model/result.ts";
import type { Rollout } from "../../core/model/rollout.ts";
import { type Carried, type CarryDeps, carryBack, carryFinish, carryStep, writeRollout } from "../../core/operations/rollout/carry-rollout.ts";
import { recordRolloutDeed } from "../../core/operations/rollout/record-rollout-deed.ts";
import { readRouters } from "../../core/operations/read-records.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { guardLockKey, routersFolder } from "../../core/store/keys.ts";
import type { GuardDeps, Next } from "../guard/guard-deps.ts";
import type { PolicyInForce } from "../guard/policy-reader.ts";
import type { Signal } from "../guard/signal.ts";

/** Who history names. */
const ROLLOUT = "rollout";

type RolloutDeps = Pick<GuardDeps, "by" | "clock" | "log" | "planSuffix" | "onAction" | "onVerdict" | "service" | "store">;

/** What stands there, gathered once in a look, whoever asks first. */
export type Gather = () => Promise<Outcome<ServiceFacts>>;

export interface RolloutLook {
  readonly gather: Gather;
  readonly stored: Stored<Rollout>;
  readonly policy: PolicyInForce;
  /** Which holds the guard's lock. */
  readonly session: string;
  /** Of the guard: what is told of the rollout is one of its actions. */
  readonly state: Stored<GuardState> | undefined;
  /** Of the version that it leads to, by track. */
  readonly watched: readonly Watched[];
  readonly signals: ReadonlyMap<string, Signal>;
  readonly readingsOf: (watched: Watched) => Promise<Readonly<Record<string, Reading>>>;
}

export async function lookAtRollout(deps: RolloutDeps, look: RolloutLook, signal: AbortSignal): Promise<Next> {
  const { policy, session, state, stored } = look;
  const { by, clock, log, planSuffix, service, store } = deps;
  const rollout = stored.value;
  const gathered = await gatherStanding(look, deps, signal);
  if (!gathered.ok) {
    log.warn({ event: "rollout", guarded: service }, `where the rollout of ${service} stands can't be read: ${describeStoreFault(gathered.fault)}`);
    return "again";
  }
  const { facts, routers } = gathered.value;
  const judged = await judgeAll(look);
  if (signal.aborted) return "rest";
  if (judged.finding !== undefined) deps.onVerdict(judged.finding.kind);
  const { dryRun, onNoData } = policy.policy;
  const move = determineMove(rollout, {
    now: consulTime(store, clock),
    revision: facts.head?.value.revision ?? 0,
    receipt: rolloutReceipt(rollout, facts.instances, routers),
    finding: judged.finding,
    onNoData,
    dryRun,
  });
  if (move.kind === "rest") return rollout.paused === undefined ? "soon" : "rest";
  const found = { by, session, state, policyDigest: policy.digest, move, ...judged };
  const carry: CarryDeps = { store, clock, planSuffix, by: ROLLOUT, signal, fence: [{ kind: "expect-session", key: guardLockKey(service), session }], record: (...moved) => recordRolloutDeed(found, ...moved) };
  const carried = await carryOut(carry, { ...stored, value: withReadings(rollout, move, judged.readings) }, facts, move);
  tell(deps, rollout, carried);
  return carried.kind === "stands" ? "rest" : "again";
}

async function gatherStanding({ gather }: RolloutLook, { service, store }: RolloutDeps, signal: AbortSignal): Promise<Outcome<{ readonly facts: ServiceFacts; readonly routers: ReturnType<typeof readRouters>["good"] }>> {
  const [facts, routers] = await Promise.all([gather(), store.list(routersFolder(service), { signal })]);
  if (!facts.ok) return facts;
  return routers.ok ? ok({ facts: facts.value, routers: readRouters(routers.value.entries).good }) : routers;
}

interface Judged {
  readonly finding: Finding | undefined;
  readonly suspect: Suspect | undefined;
  readonly readings: Readonly<Record<string, Reading>>;
}

/** Every track that runs the version is asked about; the worst of them counts. Well is only what every signal has spoken for. */
async function judgeAll({ readingsOf, signals, watched }: RolloutLook): Promise<Judged> {
  const judged: Judged[] = [];
  for (const one of watched) {
    const readings = await readingsOf(one);
    const heard = Object.keys(readings).length;
    const finding = heard === 0 ? undefined : judge(readings, one);
    judged.push({ finding: finding?.kind === "well" && heard < signals.size ? undefined : finding, suspect: one.suspect, readings });
  }
  return worstOf(judged) ?? { finding: undefined, suspect: undefined, readings: {} };
}

/** The rest of the evidence stands in the guard's action. */
const MOST_EVIDENCE_BYTES = 16 * 1024;

/** What it rests on is kept where it ends or pauses for it. */
function withReadings(rollout: Rollout, move: Move, readings: Readonly<Record<string, Reading>>): Rollout {
  const isToldWhy = move.kind === "back" || move.kind === "pause";
  return isToldWhy && Object.keys(readings).length > 0 ? { ...rollout, readings: boundEvidence(readings, MOST_EVIDENCE_BYTES) } : rollout;
}

function carryOut(carry: CarryDeps, stored: Stored<Rollout>, facts: ServiceFacts, move: Exclude<Move, { kind: "rest" }>): Promise<Carried> {
  switch (move.kind) {
    case "write":
    case "pause":
      return writeRollout(carry, stored, { ...move.next, readings: stored.value.readings });
    case "step":
      return carryStep(carry, stored, facts, move.step);
    case "finish":
      return carryFinish(carry, stored, facts);
    case "back":
      return carryBack(carry, stored, facts, "turned-back", move.why);
  }
}

function tell({ log, onAction, service }: RolloutDeps, before: Rollout, carried: Carried): void {
  const about = { event: "rollout", guarded: service, version: before.version };
  if (carried.kind === "fault") return log.warn(about, `the rollout of ${service} could not be moved: ${carried.message}`);
  if (carried.kind === "stands") return log.debug(about, `the rollout of ${service} still can't be moved: ${carried.why}`);
  if (carried.kind === "again") return log.info(about, `the rollout of ${service} is looked at again: ${carried.why}`);
  if (carried.action !== undefined) onAction(carried.action);
  const { paused, state, steps, taken, version, why } = carried.rollout;
  const says = `rollout of ${service} to ${version}: ${state}, step ${taken} of ${steps.length}${paused === undefined ? "" : `, paused: ${paused.why}`}${why === undefined ? "" : `: ${why}`}`;
  const isTrouble = state === "turned-back" || paused !== undefined;
  log[isTrouble ? "warn" : "info"]({ ...about, state, step: taken, plan: carried.plan }, says);
}
