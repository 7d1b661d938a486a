/** What a way back is judged by. */
export interface MoveCost {
  /** Migration steps that are taken back. */
  readonly steps: number;
  readonly services: number;
  /** Versions that nobody called good. */
  readonly unproven: number;
  /** Places down each service's list of versions, newest first, together. */
  readonly places: number;
  /** Places in the order of names. */
  readonly byName: readonly number[];
  /** Of the services that move, in order. */
  readonly names: readonly string[];
}

/** What "best" means: `best` for what may be trusted most, `minimal` for as little as possible. */
export type Objective = keyof typeof ORDERS;

/**
 * Ways back, best first: everything counts in this order, and then, of equals, the first by name, so that the same facts
 * give the same way on every machine. Condemned versions, requirements that are unmet and steps that can't be taken back
 * are no matter of order: no way has any.
 */
const ORDERS = {
  best: ["steps", "services", "unproven", "places"],
  minimal: ["services", "steps", "places"],
} as const satisfies Record<string, readonly (keyof MoveCost)[]>;

/** Negative where the first is better. */
export function compareCost(a: MoveCost, b: MoveCost, objective: Objective): number {
  for (const what of ORDERS[objective]) if (a[what] !== b[what]) return a[what] - b[what];
  return compareLists(a.byName, b.byName) || compareLists(a.names, b.names);
}

function compareLists<T extends number | string>(a: readonly T[], b: readonly T[]): number {
  for (const [at, own] of a.entries()) {
    const other = b[at];
    if (other === undefined || own > other) return 1;
    if (own < other) return -1;
  }
  return 0;
}
