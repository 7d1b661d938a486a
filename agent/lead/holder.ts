import { type StoreFault, describeStoreFault } from "../../core/model/fault.ts";
import type { Entry } from "../../core/store/port.ts";

/** Whose a lock is by which one agent of several acts, as far as this one knows. */
export type Holder =
  /** Not read yet, or Consul can't be asked. `denied`: this agent's token may not read it. */
  | { readonly kind: "unknown"; readonly why: string; readonly denied: boolean }
  /** Nobody's; `why` not this agent's. `denied`: its token may not take it. */
  | { readonly kind: "vacant"; readonly why: string; readonly denied: boolean }
  | { readonly kind: "other"; readonly leader: string }
  | { readonly kind: "own" };

export const VACANT: Holder & { readonly kind: "vacant" } = { kind: "vacant", why: "the lead is free and being taken", denied: false };

/** A holder as `/v1/state` shows it. */
export interface HolderState {
  /** This agent. */
  readonly own: boolean;
  /** The instance whose agent leads; absent where none does, or it isn't known. */
  readonly leader?: string | undefined;
  /** Why nobody leads, or why it isn't known. */
  readonly why?: string | undefined;
}

export function holderState(holder: Holder, instance: string): HolderState {
  switch (holder.kind) {
    case "own":
      return { own: true, leader: instance };
    case "other":
      return { own: false, leader: holder.leader };
    case "vacant":
    case "unknown":
      return { own: false, why: holder.why };
  }
}

/** That agent's whose session holds the key, whatever its value says. `leader` is whom that names. */
export function determineHolder(entry: Entry | undefined, session: string | undefined, leader: string | undefined): Holder {
  if (entry?.session === undefined) return VACANT;
  return entry.session === session ? { kind: "own" } : { kind: "other", leader: leader ?? "an agent that can't be named" };
}

/** After this agent tried to take what was free. */
export function holderAfterTry(fault: StoreFault | undefined): Holder {
  if (fault === undefined) return { kind: "own" };
  // Another was first, and the next look says who.
  if (fault.kind === "conflict") return VACANT;
  return { kind: "vacant", why: `this agent can't take the lead: ${describeStoreFault(fault)}`, denied: fault.kind === "denied" };
}
