import type { GroupSystem, Moves, Unmet } from "./group-system.ts";
import { createRequirements } from "./requirements.ts";

/** `ledger 5.2.0 needs payments ^3.1, and 2.9.0 isn't that`. */
export function describeUnmet({ found, needs, range, service, version }: Unmet): string {
  return `${service} ${version} needs ${needs} ${range}, and ${found} isn't that`;
}

/** For each of these movers, what would be unmet if it alone stayed. */
export function whyAlong(system: GroupSystem, moves: Moves, along: readonly string[]): ReadonlyMap<string, string> {
  const requirements = createRequirements(system);
  const unmetWithout = (stays: string): Unmet | undefined =>
    [...moves]
      .flatMap(([service, version]) => (service === stays ? [] : requirements.unmetWithStaying(service, version, (other) => other !== stays && moves.has(other))))
      .find(({ needs, service }) => needs === stays || service === stays);
  return new Map(
    along.map((service) => {
      const unmet = unmetWithout(service);
      return [service, unmet === undefined ? "what it needs moves" : describeUnmet(unmet)];
    }),
  );
}

export function describeMoves(moves: Moves): string {
  return [...moves].sort(([a], [b]) => (a < b ? -1 : 1)).map(([service, { version }]) => `${service} ${version}`).join(", ");
}
