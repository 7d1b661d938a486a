import { determineStandBack } from "./determine-stand-back.ts";
import { applyStep } from "./apply-step.ts";
import { determineLedStep } from "./determine-led-step.ts";
import { type AppliedState, type LoopFacts, type Step, determineStep } from "./determine-step.ts";
import { isSameTarget } from "./intent.ts";
import { type KnownIntent, type LoopState, type ReconcileDeps, changeFor, tell } from "./loop-state.ts";
import { createSignalFlag } from "./signal-flag.ts";
import { settlePause } from "./tries.ts";
import { endTurn, takeTurn } from "./turn.ts";

export interface ReconcileLoop {
  /** The intent, a process, a file or an observation moved: look again. */
  poke(): void;
  /** A person asked for another look: failed tries are forgotten, and what was applied is verified now. */
  retry(): void;
  applied(): AppliedState | undefined;
  run(signal: AbortSignal): Promise<void>;
}

/** How often what was applied is verified although nothing changed. */
const VERIFY_EVERY_MS = 60_000;

/** observe → determine ONE step → do it → record → again. Single-flight; a newer target ends the apply under way. */
export function createReconcileLoop(deps: ReconcileDeps): ReconcileLoop {
  const state: LoopState = {
    deps,
    flag: createSignalFlag(),
    applied: undefined,
    before: deps.before,
    standsBack: false,
    tries: undefined,
    drift: undefined,
    superseded: 0,
    verifiedAt: deps.clock.monotonic(),
    appliedAt: -Infinity,
    flight: undefined,
  };
  return {
    poke() {
      endOvertakenFlight(state);
      state.flag.raise();
    },
    retry() {
      state.tries = undefined;
      state.verifiedAt = -Infinity;
      state.flag.raise();
    },
    applied: () => state.applied,
    async run(signal) {
      while (!signal.aborted) {
        stepForward(state);
        await act(state, nextStep(state), signal);
      }
    },
  };
}

function nextStep(state: LoopState): Step {
  const { deps } = state;
  const facts: LoopFacts = {
    intent: deps.intent(),
    applied: state.applied,
    before: state.before,
    process: deps.process(),
    observed: deps.observed(),
    artifacts: deps.artifacts(),
    strays: deps.strays?.(),
    tries: state.tries,
    drift: state.drift,
    lead: deps.lead?.(),
    settlesAt: state.appliedAt + (deps.settleMs ?? 0),
    now: deps.clock.monotonic(),
  };
  const back = determineStandBack(facts);
  if (back !== undefined) return back;
  return facts.lead === undefined ? determineStep(facts) : determineLedStep(facts, facts.lead);
}

async function act(state: LoopState, step: Step, signal: AbortSignal): Promise<void> {
  switch (step.kind) {
    case "wait":
      endTurn(state, step);
      tell(state, "held", step.reason);
      return state.flag.wait(signal);
    case "rest":
      return rest(state, step, signal);
    case "retry":
      tell(state, step.status, step.reason);
      return state.flag.wait(signal, Math.max(0, step.at - state.deps.clock.monotonic()));
    case "acknowledge":
      return acknowledge(state);
    case "stand-back":
      return standBack(state, step, signal);
    case "apply":
      return applySettled(state, step, signal);
  }
}

/** An agent that may act again applies what it had only noticed: where all of that is true, nothing changes. */
function stepForward(state: LoopState): void {
  const intent = state.deps.intent();
  if (!state.standsBack || intent.kind === "unknown" || intent.mode !== "enforce") return;
  state.standsBack = false;
  state.before = state.applied;
  state.applied = undefined;
  state.tries = undefined;
}

async function standBack(state: LoopState, step: Step & { kind: "stand-back" }, signal: AbortSignal): Promise<void> {
  const { deps } = state;
  const intent = deps.intent();
  if (intent.kind === "unknown" || intent.mode === "enforce") return;
  await deps.onStandBack?.(intent.mode);
  const isNews = !state.standsBack || state.applied?.revision !== intent.revision || state.applied.digest !== intent.digest;
  state.standsBack = true;
  if (isNews) {
    state.applied = asIntended(intent);
    deps.onApplied(state.applied, intent, false);
  }
  tell(state, step.status, step.reason);
  await state.flag.wait(signal);
}

/** What counts as applied though this agent applied nothing. */
function asIntended({ digest, revision, target }: KnownIntent): AppliedState {
  return { revision, digest, target };
}

/** The leader made it true for all: it counts as applied here, and the next step goes on from there. */
function acknowledge(state: LoopState): void {
  const { deps } = state;
  const intent = deps.intent();
  if (intent.kind === "unknown") return;
  state.applied = asIntended(intent);
  state.tries = undefined;
  state.appliedAt = deps.clock.monotonic();
  deps.onApplied(state.applied, intent, false);
}

/** After applies that were overtaken, the target must stand still for a moment; then the step is determined anew. */
async function applySettled(state: LoopState, step: Step & { kind: "apply" }, signal: AbortSignal): Promise<void> {
  const pause = settlePause(state.superseded);
  if (pause > 0) await state.deps.clock.sleep(pause, signal);
  const settled = pause > 0 ? nextStep(state) : step;
  const intent = state.deps.intent();
  if (settled.kind !== "apply" || intent.kind === "unknown" || signal.aborted) return;
  const turn = takeTurn(state, intent, settled);
  if (turn.kind !== "wait") return applyStep(state, intent, settled, turn.kind === "granted", signal);
  tell(state, turn.status, turn.reason);
  await state.flag.wait(signal);
}

async function rest(state: LoopState, step: Step & { kind: "rest" }, signal: AbortSignal): Promise<void> {
  noteRevision(state, step);
  endTurn(state, step);
  tell(state, step.status, step.reason);
  await state.flag.wait(signal, VERIFY_EVERY_MS);
  if (state.deps.clock.monotonic() - state.verifiedAt >= VERIFY_EVERY_MS) await verifyAll(state, signal);
}

/** A newer revision whose target already runs is acted on by saying so. Stalled and reconciling instances and held targets are not there. */
function noteRevision(state: LoopState, step: Step & { kind: "rest" }): void {
  const { applied, deps } = state;
  const intent = deps.intent();
  if (intent.kind !== "consul" || applied === undefined || step.status === "stalled" || step.status === "reconciling") return;
  if (!isSameTarget(applied.target, intent.target)) return;
  if (applied.revision === intent.revision && applied.digest === intent.digest) return;
  state.applied = { ...applied, revision: intent.revision, digest: intent.digest };
  deps.onApplied(state.applied, intent, false);
}

/** Looks whether what was applied is still true; what isn't is applied again by the next step. */
async function verifyAll(state: LoopState, signal: AbortSignal): Promise<void> {
  state.verifiedAt = state.deps.clock.monotonic();
  const intent = state.deps.intent();
  if (intent.kind === "unknown" || state.applied === undefined || !isSameTarget(state.applied.target, intent.target)) return;
  const change = changeFor(state, intent, intent.target, false);
  for (const applier of state.deps.appliers.filter(({ watchesItself }) => watchesItself !== true)) {
    const verified = await applier.verify(change, signal);
    if (!verified.ok && !signal.aborted) state.drift = verified.fault.message;
  }
}

/** By a newer target; or by others, where the turn under which it began was lost. */
function endOvertakenFlight({ deps, flight }: LoopState): void {
  if (flight === undefined) return;
  const intent = deps.intent();
  const isOvertaken = intent.kind !== "unknown" && (intent.mode !== "enforce" || !isSameTarget(flight.target, intent.target));
  if (isOvertaken || (flight.hasTurn && deps.gate?.holds() === false)) flight.end();
}
