import { doubled } from "../../decide/doubled.ts";
import type { StoreFault } from "../../model/fault.ts";

const FIRST_MS = 100;
/** A fleet must be back within 2 s of Consul's return. */
const LONGEST_MS = 1_500;
/**
 * Where asking again is itself a burden, or surely in vain for now. Oversized: megabytes are read in vain each time. An
 * election is short, and a fleet must be back within a second of its end.
 */
const LONGEST_OF_KIND_MS: Partial<Record<StoreFault["kind"], number>> = { "no-leader": 600, overloaded: 5_000, denied: 5_000, oversized: 15_000 };
/** Nobody's word makes an agent blind for longer. */
const LONGEST_OBEYED_MS = 60_000;

/**
 * Anything from nothing to a bound that doubles with each failure: a fleet that lost Consul together must not return
 * together. Where Consul said when to come back, that comes before it.
 */
export function fullJitter(fault: StoreFault, failures: number, random: () => number): number {
  const longest = LONGEST_OF_KIND_MS[fault.kind] ?? LONGEST_MS;
  const told = fault.kind === "overloaded" ? Math.min(fault.retryAfterMs ?? 0, LONGEST_OBEYED_MS) : 0;
  return told + random() * doubled(FIRST_MS, failures, longest);
}
