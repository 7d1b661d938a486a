import type { Actuation } from "../../core/model/records.ts";

/**
 * What this agent knows of who acts for its service and track, and of what was done last.
 *
 *     unknown ──first look──► vacant ──won──► own ──session lost, another was first──► other
 *        ▲                      ▲ └──────lost──────────────────────────────────────────▲ │
 *        └──Consul away─────────┴──────────────its session ended─────────────────────────┘
 */
export type Lead =
  /** Not read yet, or Consul can't be asked. */
  | { readonly kind: "unknown"; readonly why: string; readonly last: Actuation | undefined }
  /** Nobody acts; `why` not this agent. `denied`: its token may not. */
  | { readonly kind: "vacant"; readonly why: string; readonly denied: boolean; readonly last: Actuation | undefined }
  | { readonly kind: "other"; readonly leader: string; readonly last: Actuation | undefined }
  | { readonly kind: "own"; readonly last: Actuation | undefined };

export const NOT_READ: Lead = { kind: "unknown", why: "who acts for this service is being read", last: undefined };
