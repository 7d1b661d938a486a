import type { StoreFault } from "../../model/fault.ts";

const FIRST_MS = 100;
/** A fleet must be back within 2 s of Consul's return. */
const LONGEST_MS = 1_500;
/** Where asking again is itself a burden, or surely in vain for now. */
const LONGEST_REFUSED_MS = 5_000;
const REFUSED: ReadonlySet<StoreFault["kind"]> = new Set(["overloaded", "denied"]);

/** Anything from nothing to a bound that doubles with each failure: a fleet that lost Consul together must not return together. */
export function fullJitter(fault: StoreFault, failures: number, random: () => number): number {
  const longest = REFUSED.has(fault.kind) ? LONGEST_REFUSED_MS : LONGEST_MS;
  return random() * Math.min(longest, FIRST_MS * 2 ** Math.min(failures, 10));
}
