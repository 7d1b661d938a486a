import type { SlotEnding } from "../../core/decide/pace/next-state.ts";
import type { Waiting } from "../pace/admission.ts";
import { needsSlot } from "../pace/disturbance.ts";
import type { Step } from "./determine-step.ts";
import { type Intent, isSameTarget } from "./intent.ts";
import { type KnownIntent, type LoopState, changeFor } from "./loop-state.ts";

/** How a change may begin: without a turn, because none is needed; with one; or not yet. */
export type Turn = { readonly kind: "free" } | { readonly kind: "granted" } | Waiting;

/** Asked before each apply. Only Consul's word can make an instance wait: what is remembered was let through before. */
export function takeTurn(state: LoopState, intent: KnownIntent, step: Step & { kind: "apply" }): Turn {
  const { appliers, gate } = state.deps;
  const pacing = intent.kind === "consul" ? intent.pacing : undefined;
  if (gate === undefined) return { kind: "free" };
  if (pacing !== undefined && needsSlot(pacing, appliers, changeFor(state, intent, step.target, step.restart))) return gate.admit(pacing);
  gate.end(undefined, { kind: "dropped" });
  return { kind: "free" };
}

/** Nothing is to be changed: whatever turn was had has ended. Not so while a process is being started again: it may yet give up. */
export function endTurn({ applied, deps }: LoopState, step: Step & { kind: "wait" | "rest" }): void {
  if (deps.gate === undefined || (step.kind === "rest" && step.status === "reconciling")) return;
  const intent = deps.intent();
  const pacing = intent.kind === "consul" ? intent.pacing : undefined;
  deps.gate.end(pacing, endingOf(step, applied !== undefined && isThere(intent, applied)));
}

function endingOf(step: Step & { kind: "wait" | "rest" }, there: boolean): SlotEnding {
  if (step.kind === "rest" && step.status === "stalled") return { kind: "stalled", why: step.reason?.message ?? "it gives no reason" };
  return { kind: step.kind === "rest" && there ? "applied" : "dropped" };
}

function isThere(intent: Intent, applied: NonNullable<LoopState["applied"]>): boolean {
  return intent.kind !== "unknown" && isSameTarget(applied.target, intent.target);
}
