import type { Actuation } from "../../core/model/actuator-records.ts";
import type { Holder } from "./holder.ts";

/**
 * What this agent knows of who acts for its service and track, and of what was done last.
 *
 *     unknown ──first look──► vacant ──won──► own ──session lost, another was first──► other
 *        ▲                      ▲ └──────lost──────────────────────────────────────────▲ │
 *        └──Consul away─────────┴──────────────its session ended─────────────────────────┘
 */
export type Lead = Holder & { readonly last: Actuation | undefined };

export const NOT_READ: Lead = { kind: "unknown", why: "who acts for this service is being read", denied: false, last: undefined };
