/** One look of the guard: what stands there, what signals say of it, what that means, and what is done. */
import { chooseDeed } from "../../core/decide/guard/choose-deed.ts";
import { type Watched, findSuspects } from "../../core/decide/guard/find-suspects.ts";
import { judge } from "../../core/decide/guard/judge.ts";
import { sinceSplit } from "../../core/decide/rollout/since-split.ts";
import { NO_STATE } from "../../core/decide/guard/next-state.ts";
import { readDesiredEntries } from "../../core/decide/desired-keys.ts";
import type { Stored } from "../../core/model/facts.ts";
import { describeStoreFault } from "../../core/model/fault.ts";
import type { GuardState } from "../../core/model/guard-records.ts";
import { type Rollout, hasEnded } from "../../core/model/rollout.ts";
import type { Head } from "../../core/model/records.ts";
import { describeApplyFault } from "../../core/operations/apply-fault.ts";
import { gatherFacts } from "../../core/operations/gather.ts";
import { GUARD, act } from "../../core/operations/guard/act.ts";
import { readGuardState } from "../../core/operations/guard/guard-state.ts";
import { settleState } from "../../core/operations/guard/settle-state.ts";
import { readRollout } from "../../core/operations/rollout/rollout-record.ts";
import { headKey, operationKey } from "../../core/store/keys.ts";
import type { GuardDeps, Next } from "./guard-deps.ts";
import type { PolicyInForce } from "./policy-reader.ts";
import { type Gather, lookAtRollout } from "../rollout/look-at-rollout.ts";
import { type Readings, type Silences, createSilences, readSignals } from "./read-signals.ts";
import type { Signal } from "./signal.ts";
import { type Telling, createTelling } from "./telling.ts";

export interface LookInput {
  readonly policy: PolicyInForce;
  /** Which holds the guard's lock. */
  readonly session: string;
  readonly signals: ReadonlyMap<string, Signal>;
}

export type Look = (input: LookInput, signal: AbortSignal) => Promise<Next>;

export function createLook(deps: GuardDeps): Look {
  const { log, service, store } = deps;
  const silences = createSilences(deps.clock);
  const telling = createTelling(deps);
  /** The plan of the guard's newest change, once nothing of it is left to be done. */
  let settled: string | undefined;
  let known: { readonly modifyIndex: number; readonly watched: readonly Watched[] } | undefined;
  /** What Consul couldn't tell it may tell in a moment. */
  const warn = (message: string): "again" => {
    log.warn({ event: "guard", guarded: service }, message);
    return "again";
  };

  /** History is read only where the head moved. */
  const suspectsOf = async (head: Stored<Head>, gather: Gather): Promise<readonly Watched[] | undefined> => {
    if (known?.modifyIndex === head.modifyIndex) return known.watched;
    const facts = await gather();
    if (!facts.ok) {
      warn(`what ${service} was moved to can't be read: ${describeStoreFault(facts.fault)}`);
      return undefined;
    }
    known = { modifyIndex: facts.value.head?.modifyIndex ?? -1, watched: findSuspects(facts.value) };
    return known.watched;
  };

  return async (input, signal) => {
    deps.onLook();
    const [state, head, rollout] = await Promise.all([readGuardState(store, service, signal), store.get(headKey(service), { signal }), readRollout(store, service, signal)]);
    if (!state.ok) return warn(`what the guard of ${service} did before can't be read, so nothing is done: ${describeStoreFault(state.fault)}`);
    if (!head.ok) return warn(`the head of ${service} can't be read: ${describeStoreFault(head.fault)}`);
    if (!rollout.ok) warn(`the rollout of ${service} can't be read, so it stands still: ${describeStoreFault(rollout.fault)}`);
    const read = head.value === undefined ? undefined : readDesiredEntries(service, [head.value]).head;
    // An ejected service is nobody's to guard.
    if (read?.ok !== true || read.value.value.mode === "ejected") return "rest";
    await telling.catchUp(state.value?.value, signal);
    settled = await finishLast(deps, read.value.value, state.value?.value, settled, signal);
    let gathered: ReturnType<Gather> | undefined;
    const gather: Gather = () => (gathered ??= gatherFacts(store, service, { signal }));
    const watched = await suspectsOf(read.value, gather);
    if (watched === undefined) return "again";
    const tools = { state: state.value, gather, silences, telling, warn };
    return rollout.ok && rollout.value !== undefined && !hasEnded(rollout.value.value) ? lookAtBoth(deps, input, rollout.value, watched, tools, signal) : lookAtEach(deps, input, watched, tools, signal);
  };
}

/** What a rollout leads to is judged for it, and goes back to where that began; all else as ever. */
async function lookAtBoth(deps: GuardDeps, input: LookInput, rollout: Stored<Rollout>, watched: readonly Watched[], tools: Tools, signal: AbortSignal): Promise<Next> {
  const isOfIt = ({ suspect: { version } }: Watched): boolean => version === rollout.value.version;
  const next = await lookAtRollout({ ...deps, onAction: tools.telling.tell }, { ...input, state: tools.state, gather: tools.gather, stored: rollout, watched: watched.filter(isOfIt), readingsOf: (one) => readingsOf(deps, input, { ...one, suspect: sinceSplit(one.suspect, rollout.value) }, tools.silences, signal) }, signal);
  if (next === "again" || signal.aborted) return next;
  const others = await lookAtEach(deps, input, watched.filter((one) => !isOfIt(one)), tools, signal);
  return others === "rest" ? next : others;
}

interface Tools {
  readonly state: Stored<GuardState> | undefined;
  readonly gather: Gather;
  readonly silences: Silences;
  readonly telling: Telling;
  readonly warn: (message: string) => "again";
}

async function readingsOf({ clock }: GuardDeps, { policy, signals }: LookInput, { cause, suspect }: Watched, silences: Silences, signal: AbortSignal): Promise<Readings> {
  return silences.settle(cause, await readSignals(signals, suspect, clock, signal), policy.policy.noDataAfter);
}

async function lookAtEach(deps: GuardDeps, input: LookInput, watched: readonly Watched[], tools: Tools, signal: AbortSignal): Promise<Next> {
  const well = new Set<string>();
  for (const one of watched) {
    const found = await lookAtOne(deps, input, one, tools, signal);
    if (signal.aborted) return "rest";
    // The state moved on, or somebody else did: what was read is old. Or Consul didn't do it, and may in a moment.
    if (found === "again") return "again";
    if (found === "well") well.add(one.cause);
  }
  await settle(deps, input, watched, tools, well, signal);
  return "rest";
}

async function lookAtOne(deps: GuardDeps, input: LookInput, watched: Watched, { silences, state, telling, warn }: Tools, signal: AbortSignal): Promise<"again" | "nothing" | "well"> {
  const { by, clock, planSuffix, store } = deps;
  const { policy: { digest, policy }, session } = input;
  const readings = await readingsOf(deps, input, watched, silences, signal);
  if (signal.aborted || Object.keys(readings).length === 0) return "nothing";
  const finding = judge(readings, watched);
  deps.onVerdict(finding.kind);
  if (finding.kind === "well") return "well";
  const chosen = chooseDeed(finding, policy);
  if (chosen === undefined) return "nothing";
  const acted = await act({ store, clock, planSuffix, by, session, signal }, { watched, finding, readings, chosen, policy, policyDigest: digest, state });
  if (acted.kind === "fault") return warn(acted.message);
  if (acted.kind === "recorded") telling.tell(acted.action);
  return acted.kind === "nothing" ? "nothing" : "again";
}

/** What the state says beside actions. A pause is over once its cause is well, or no longer what stands there. */
function settle({ clock, service, store }: GuardDeps, { policy, session }: LookInput, watched: readonly Watched[], { state, telling }: Tools, well: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const former = state?.value ?? NO_STATE;
  const cause = former.paused?.cause;
  const stands = cause !== undefined && !well.has(cause) && watched.some((one) => one.cause === cause);
  const told = telling.told();
  const next = { ...former, paused: stands ? former.paused : undefined, policyFault: policy.fault, dryRun: policy.policy.dryRun || undefined, told: told === undefined ? former.told : Math.max(former.told ?? 0, told) };
  return settleState(store, { service, session, former: state, next }, { clock, signal });
}

/**
 * What the guard's newest change left half done: heads name its operation, but where a guard was killed just before it marked the first.
 * Returns the plan of which nothing is left.
 */
async function finishLast(deps: GuardDeps, head: Head, state: GuardState | undefined, settled: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  if (head.operation?.by === GUARD) return (await finish(deps, head.operation.id, signal)) ? head.operation.id : settled;
  const newest = state?.changes.at(-1)?.plan;
  if (newest === undefined || newest === settled) return settled;
  const left = await deps.store.get(operationKey(newest), { signal, consistency: "consistent" });
  if (!left.ok) return settled;
  return left.value === undefined || (await finish(deps, newest, signal)) ? newest : settled;
}

/** Of a guard before this one. Somebody else may be at it, or have ended it. */
async function finish({ clock, log, planSuffix, service, store }: GuardDeps, id: string, signal: AbortSignal): Promise<boolean> {
  const { resumeOperation } = await import("../../core/operations/journal/resume-operation.ts");
  const { stepRunners } = await import("../../core/operations/journal/step-runners.ts");
  const done = await resumeOperation(store, id, { clock, by: GUARD, planSuffix: planSuffix(), runners: stepRunners({ clock }), signal });
  if (done.ok) log.info({ event: "guard", guarded: service, operation: id }, `finished operation ${id}, which the guard before this one had begun`);
  else log.warn({ event: "guard", guarded: service, operation: id }, `operation ${id} of the guard isn't finished: ${describeApplyFault(done.fault)}`);
  return done.ok;
}
