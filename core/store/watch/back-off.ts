const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** Anything from nothing to a bound that doubles with each failure: a fleet that lost Consul together must not return together. */
export function fullJitter(failures: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
}
