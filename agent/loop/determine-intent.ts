import { RESTORED } from "../../core/decide/checks.ts";
import type { EffectiveState } from "../../core/decide/effective.ts";
import { digestForTrack } from "../../core/decide/digest.ts";
import { offGroundOf } from "../../core/decide/schema/off.ts";
import { type DesiredState, type Part, isPinPart, trackOfPart } from "../../core/model/desired.ts";
import { NO_PIN } from "../../core/model/pin.ts";
import { EVERY_TRACK, type Head, type Mode } from "../../core/model/records.ts";
import { pacingOf } from "../pace/pacing.ts";
import type { Target } from "../appliers/applier.ts";
import type { HoldReason, Intent } from "./intent.ts";

/** What the agent's own file says about this instance. */
export interface Self {
  readonly service: string;
  readonly track: string;
  /** What runs while the track is unpinned. */
  readonly localVersion: string | undefined;
}

/** What this agent applied last, from memory or from disk. */
export interface Remembered {
  readonly revision: number;
  readonly plan?: string | undefined;
  readonly mode?: Mode | undefined;
  readonly state: DesiredState;
}

export function targetOf(state: DesiredState, self: Self): Target {
  const pin = state.pins[self.track];
  const version = pin === undefined || pin === NO_PIN ? self.localVersion : pin;
  return { version, config: state.config, routes: state.routes };
}

/** Consul has not answered: the last known good goes on, or nothing is decided. */
export function rememberedIntent(remembered: Remembered | undefined, self: Self, hold: HoldReason): Intent {
  if (remembered === undefined) return { kind: "unknown", hold };
  const { mode = "enforce", plan, revision, state } = remembered;
  return { kind: "remembered", revision, plan, mode, state, target: targetOf(state, self), digest: digestForTrack(state, self.track), hold };
}

/**
 * Consul was put back to an older state than was applied here: a snapshot was restored, or the data were lost. Undefined
 * where it wasn't. One that has since come to the same number by other plans is told by the plan.
 */
export function restoredHold(head: Head | undefined, remembered: Remembered | undefined, key: string, service: string): HoldReason | undefined {
  if (remembered === undefined || (head !== undefined && !isOlder(head, remembered))) return undefined;
  const stands = head === undefined ? "is gone" : `is at revision ${head.revision}${head.revision === remembered.revision ? " by another plan" : ""}`;
  return {
    code: RESTORED,
    message: `${key} ${stands}, but revision ${remembered.revision} was applied here: Consul seems to be restored from an older state. This instance holds what it runs until somebody says which is right: "rollpin restore accept ${service}" (Consul's state) or "rollpin restore reassert ${service}" (what the agents applied)`,
  };
}

function isOlder({ plan, revision }: Head, remembered: Remembered): boolean {
  if (revision !== remembered.revision) return revision < remembered.revision;
  return plan !== undefined && remembered.plan !== undefined && plan !== remembered.plan;
}

/** From a head and the state that can be obeyed to what this instance means to run. */
export function consulIntent(head: Head, effective: EffectiveState, self: Self): Intent & { readonly kind: "consul" } {
  const mine = effective.refused.find((refused) => concerns(refused.part, self.track));
  return {
    kind: "consul",
    revision: head.revision,
    plan: head.plan,
    mode: head.mode ?? "enforce",
    restartRevision: restartRevision(head, self.track),
    state: effective.state,
    target: targetOf(effective.state, self),
    digest: digestForTrack(effective.state, self.track),
    left: head.left,
    operation: head.operation?.id,
    off: offGroundOf(head),
    pacing: pacingOf(head, effective, self.track),
    refused: effective.refused,
    hold: mine === undefined ? undefined : { code: mine.code, message: mine.message },
  };
}

function restartRevision({ restarts = {} }: Head, track: string): number {
  return Math.max(restarts[EVERY_TRACK] ?? 0, restarts[track] ?? 0);
}

function concerns(part: Part, track: string): boolean {
  return !isPinPart(part) || trackOfPart(part) === track;
}
