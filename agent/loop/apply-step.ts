import type { Applied, Change } from "../appliers/applier.ts";
import { APPLYING } from "../../core/model/receipt.ts";
import { ok } from "../../core/model/result.ts";
import { firstOf } from "../process/first-signal.ts";
import { applyChange } from "./apply-change.ts";
import type { Step } from "./determine-step.ts";
import { type KnownIntent, type LoopState, changeFor, tell } from "./loop-state.ts";
import { afterFailure } from "./tries.ts";

/** An apply that takes longer than this is told as `reconciling` meanwhile. */
const TELL_AFTER_MS = 250;

/** Makes one change true, or counts a failed try. `hasTurn`: it goes on only while the turn that let it begin is this agent's. */
export async function applyStep(state: LoopState, intent: KnownIntent, step: Step & { kind: "apply" }, hasTurn: boolean, signal: AbortSignal): Promise<void> {
  const { clock } = state.deps;
  const change = changeFor(state, intent, step.target, step.restart);
  const startedAt = clock.monotonic();
  const result = await fly(state, change, hasTurn, signal);
  if (signal.aborted && !result.ok) return;
  remember(state, change, intent, result);
  state.deps.onOutcome({
    outcome: result.ok ? "applied" : result.fault.kind,
    change,
    message: result.ok ? undefined : result.fault.message,
    elapsedMs: clock.monotonic() - startedAt,
  });
}

async function fly(state: LoopState, change: Change, hasTurn: boolean, signal: AbortSignal): Promise<Applied> {
  // Who only reports and steers has nothing to wait for, and nothing that a newer target could end.
  if (state.deps.appliers.length === 0) return ok(undefined);
  const ends = firstOf(signal);
  const landed = new AbortController();
  state.flight = { target: change.to, hasTurn, end: ends.fire };
  const telling = state.deps.clock.sleep(TELL_AFTER_MS, landed.signal).then(() => {
    if (!landed.signal.aborted) tell(state, "reconciling", applying(change));
  });
  try {
    return await applyChange(state.deps.appliers, change, ends.signal);
  } finally {
    // With a reason of its own: the default one is an exception with a stack, made at every apply.
    landed.abort("landed");
    ends.release();
    state.flight = undefined;
    await telling;
  }
}

function applying(change: Change): { code: string; message: string } {
  return { code: APPLYING, message: `applying ${change.to.version ?? "the agent file's own state"} (revision ${change.revision})` };
}

function remember(state: LoopState, change: Change, intent: KnownIntent, result: Applied): void {
  if (result.ok) {
    state.applied = { revision: change.revision, digest: change.digest, target: change.to };
    state.tries = undefined;
    state.drift = undefined;
    state.superseded = 0;
    state.verifiedAt = state.appliedAt = state.deps.clock.monotonic();
    state.deps.onApplied(state.applied, intent, state.deps.appliers.length > 0);
  } else if (result.fault.kind === "superseded") {
    state.superseded += 1;
  } else {
    state.tries = afterFailure(state.tries, { service: change.service, target: change.to, revision: change.revision, fault: result.fault, now: state.deps.clock.monotonic(), most: state.deps.tries });
  }
}
