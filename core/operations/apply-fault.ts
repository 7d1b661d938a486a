import { type StoreFault, describeStoreFault } from "../model/fault.ts";
import type { Refusal } from "../model/plan.ts";

/** Why a plan was not applied, or isn't known to be. */
export type ApplyFault =
  /** Someone else changed it (`conflict`), or Consul takes no transaction of that size (`refused`). Nothing was written. */
  | { readonly kind: "refusal"; readonly refusal: Refusal }
  /** Nothing was written. */
  | { readonly kind: "store"; readonly fault: StoreFault }
  /** It was sent, and nobody could say before the deadline whether it was done. The message says how to look. */
  | { readonly kind: "undecided"; readonly plan: string; readonly message: string }
  /** An operation of several transactions stands somewhere in the middle. The message says why, and how to finish it or take it back. */
  | { readonly kind: "unfinished"; readonly operation: string; readonly message: string; readonly fault?: StoreFault | undefined };

/** Someone else was first; what stands now is newer than what the plan was made from. */
export function isConflict(fault: ApplyFault): boolean {
  return fault.kind === "refusal" && fault.refusal.kind === "conflict";
}

export function describeApplyFault(fault: ApplyFault): string {
  switch (fault.kind) {
    case "refusal":
      return fault.refusal.message;
    case "store":
      return describeStoreFault(fault.fault);
    case "undecided":
    case "unfinished":
      return fault.message;
  }
}
