/**
 * The order of ways back, best first: fewest services, then fewest versions that nobody called good, then the newest
 * versions (the fewest places down all lists together), then, of equals, the first by name. Everything counts in that
 * order, so that the same facts give the same way on every machine.
 */
export interface MoveCost {
  readonly services: number;
  readonly unproven: number;
  readonly places: number;
  /** Places in the order of names. */
  readonly byName: readonly number[];
  /** Of the services that move, in order. */
  readonly names: readonly string[];
}

/** Negative where the first is better. */
export function compareCost(a: MoveCost, b: MoveCost): number {
  const first = a.services - b.services || a.unproven - b.unproven || a.places - b.places;
  return first !== 0 ? first : compareLists(a.byName, b.byName) || compareLists(a.names, b.names);
}

function compareLists<T extends number | string>(a: readonly T[], b: readonly T[]): number {
  for (const [at, own] of a.entries()) {
    const other = b[at];
    if (other === undefined || own > other) return 1;
    if (own < other) return -1;
  }
  return 0;
}
