/** The three services of the chain's story. */

/** What it does: examples/demo/chain/service/server.js. In the order in which they ask each other. */
export const ROLES = ["web", "cart", "payments"] as const;
export type Role = (typeof ROLES)[number];

/** Of each. */
export const BEFORE = "1.0.0";
export const AFTER = "2.0.0";
/** Where the bug is. */
export const CULPRIT: Role = "payments";

export const nameOf = (service: string, role: Role): string => `${service}-${role}`;
export const instanceOf = (service: string, role: Role): string => `${nameOf(service, role)}-1`;
