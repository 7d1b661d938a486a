import type { Clock } from "../../core/clock.ts";
import type { InstanceStatus, Mode } from "../../core/model/records.ts";
import type { Applier, ApplierFault, Change, Target } from "../appliers/applier.ts";
import type { Lead } from "../lead/lead.ts";
import type { ProcessObservation } from "../process/observation.ts";
import type { PaceGate } from "../pace/gate.ts";
import type { Stray } from "../releases/stray.ts";
import type { AppliedState, ObservedVersion } from "./determine-step.ts";
import type { HoldReason, Intent } from "./intent.ts";
import type { SignalFlag } from "./signal-flag.ts";
import type { Tries } from "./tries.ts";

export interface ReconcileDeps {
  readonly service: string;
  readonly instance: string;
  readonly track: string;
  /** How often a change is tried before the instance is stalled. */
  readonly tries: number;
  readonly appliers: readonly Applier[];
  readonly clock: Clock;
  /** Undefined where no change of this instance ever waits for those of others. */
  readonly gate?: Pick<PaceGate, "admit" | "end" | "holds"> | undefined;
  readonly intent: () => Intent;
  readonly process: () => ProcessObservation | undefined;
  readonly observed: () => ObservedVersion | undefined;
  readonly artifacts: () => readonly string[] | undefined;
  readonly strays?: (() => readonly Stray[]) | undefined;
  /** Who acts for the service; absent where every instance acts for itself. */
  readonly lead?: (() => Lead) | undefined;
  /** How long after an apply another observed version is still on its way; 0 where absent. */
  readonly settleMs?: number | undefined;
  /** What was applied before this agent started. It is applied once more at the start, which changes nothing that still stands. */
  readonly before: AppliedState | undefined;
  /** It may not act: what is supervised is looked after (`observe`), or let go of and left running (`ejected`). Called again and again. */
  readonly onStandBack?: ((mode: Exclude<Mode, "enforce">) => Promise<void>) | undefined;
  /** Where the instance stands, each time it was looked at. */
  readonly onStanding: (standing: Standing) => void;
  /** A change was applied, or a newer revision found to be true already: to be remembered on disk. `hasSwitched`: appliers made it true. */
  readonly onApplied: (applied: AppliedState, intent: KnownIntent, hasSwitched: boolean) => void;
  readonly onOutcome: (outcome: ApplyOutcome) => void;
}

export type KnownIntent = Exclude<Intent, { readonly kind: "unknown" }>;

/** Where the instance stands, as its record says it. */
export interface Standing {
  readonly status: InstanceStatus;
  readonly reason: HoldReason | undefined;
  readonly applied: AppliedState | undefined;
}

export interface ApplyOutcome {
  readonly outcome: "applied" | ApplierFault["kind"];
  readonly change: Change;
  readonly message: string | undefined;
  readonly elapsedMs: number;
}

/** What the loop remembers between steps. Only agent/loop/reconcile.ts and apply-step.ts write it. */
export interface LoopState {
  readonly deps: ReconcileDeps;
  readonly flag: SignalFlag;
  applied: AppliedState | undefined;
  /** What was applied before this agent started, or before it stood back: applied once more when it may act. */
  before: AppliedState | undefined;
  /** It says where it stands and does nothing, so that what it counts as applied was only noticed. */
  standsBack: boolean;
  tries: Tries | undefined;
  /** What a verification found to be no longer true. */
  drift: string | undefined;
  /** Applies in a row that newer targets overtook. */
  superseded: number;
  /** Monotonic milliseconds. */
  verifiedAt: number;
  /** Of the last apply, here or by the leader; monotonic milliseconds. */
  appliedAt: number;
  /** The apply under way. */
  flight: { readonly target: Target; readonly hasTurn: boolean; readonly end: () => void } | undefined;
}

export function changeFor(state: LoopState, intent: KnownIntent, to: Target, restart: boolean): Change {
  const { instance, service, track } = state.deps;
  const change: Change = { service, instance, track, revision: intent.revision, digest: intent.digest, from: (state.applied ?? state.before)?.target, to, restart };
  return intent.local?.isCutOff === true ? { ...change, isCutOff: true } : change;
}

export function tell(state: LoopState, status: InstanceStatus, reason: HoldReason | undefined): void {
  state.deps.onStanding({ status, reason, applied: state.applied });
}
