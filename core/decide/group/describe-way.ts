import type { GroupSystem, Moves, Unmet } from "./group-system.ts";
import { unmetBy } from "./requirements.ts";

/** `ledger 5.2.0 needs payments ^3.1, and 2.9.0 isn't that`. */
export function describeUnmet({ found, needs, range, service, version }: Unmet): string {
  return `${service} ${version} needs ${needs} ${range}, and ${found} isn't that`;
}

/** What would be unmet if this service alone stayed. */
export function whyAlong(system: GroupSystem, moves: Moves, along: string): string {
  const others = new Map([...moves].filter(([service]) => service !== along));
  const unmet = unmetBy(system, others).find(({ needs, service }) => needs === along || service === along);
  return unmet === undefined ? "what it needs moves" : describeUnmet(unmet);
}

export function describeMoves(moves: Moves): string {
  return [...moves].sort(([a], [b]) => (a < b ? -1 : 1)).map(([service, { version }]) => `${service} ${version}`).join(", ");
}
