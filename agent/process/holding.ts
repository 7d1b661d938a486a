import type { ApplierFault } from "../appliers/applier.ts";
import type { Launch } from "./launch.ts";
import type { Live } from "./live.ts";
import type { Supervision } from "./supervise.ts";

/**
 * What the applier holds.
 *
 *     ┌──────┐  apply   ┌──────────┐  settle (the former one leaves)   ┌──────┐
 *     │ none │ ───────► │ switched │ ────────────────────────────────► │ held │ ──┐ crashes and restarts are the
 *     └──────┘ ◄─────── └──────────┘ ◄──────────────────────────────── └──────┘ ◄─┘ supervision's (supervise.ts)
 *         undo (nothing ran,     │  apply beside the old one               ▲ │
 *           nothing newer)       └─────────────────────────────────────────┘ │ apply where both can't run at once
 *                                   undo: back to the former one             ▼
 *                                        ▲  the new one is up         ┌────────────┐
 *                                        └─────────────────────────── │ exchanging │ ─► held: the old one again
 *                                                                     └────────────┘
 */
export type Holding =
  | { readonly kind: "none" }
  | { readonly kind: "held"; readonly current: Supervision }
  /** The old one is stopped, or being stopped. */
  | { readonly kind: "exchanging"; readonly from: string | undefined; readonly to: string }
  /** The new one is up and known to clients; the former one is kept for `undo`. */
  | { readonly kind: "switched"; readonly live: Live; readonly former: Former };

type Former =
  | { readonly kind: "nothing" }
  /** Runs on beside the new one, still supervised. */
  | { readonly kind: "beside"; readonly supervision: Supervision }
  | { readonly kind: "stopped"; readonly launch: Launch };

/** Where a step ended: what is held now, and what went wrong. */
export interface Step {
  readonly holding: Holding;
  readonly fault?: Pick<ApplierFault, "kind" | "message"> | undefined;
}
