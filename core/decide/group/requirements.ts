import semverSatisfies from "semver/functions/satisfies.js";
import semverValid from "semver/functions/valid.js";
import type { GroupSystem, GroupVersion, Unmet } from "./group-system.ts";

export type Requirements = ReturnType<typeof createRequirements>;

/**
 * Looks requirements up, from both ends. A service that isn't known, isn't pinned, or whose version semver can't compare
 * meets what is required of it: nobody can say that it doesn't, and a rollback isn't the time to find out.
 */
export function createRequirements({ services }: GroupSystem) {
  const meets = createMeets();
  const dependents = dependentsOf(services);
  const currentOf = (service: string): GroupVersion | undefined => services.get(service)?.current;
  const check = (service: string, own: GroupVersion, needs: string, other: GroupVersion | undefined): Unmet | undefined => {
    const range = own.requires.get(needs);
    if (range === undefined || other === undefined || meets(other.version, range)) return undefined;
    return { service, version: own.version, needs, range, found: other.version };
  };
  return {
    meets,
    /** What a moved service's version breaks, or finds broken, with services that stay. What was broken before is left alone where both ends stay. */
    unmetWithStaying(service: string, version: GroupVersion, isMoved: (other: string) => boolean): readonly Unmet[] {
      const former = currentOf(service);
      const needs = [...version.requires.keys()].flatMap((other) => (isMoved(other) ? [] : (check(service, version, other, currentOf(other)) ?? [])));
      const needed = (dependents.get(service) ?? []).flatMap((other) => {
        const present = currentOf(other);
        if (isMoved(other) || present === undefined) return [];
        const wasMet = former === undefined || check(other, present, service, former) === undefined;
        return wasMet ? (check(other, present, service, version) ?? []) : [];
      });
      return [...needs, ...needed];
    },
    check,
  };
}

/** Remembers answers: few ranges are asked of few versions, many times. */
function createMeets(): (version: string, range: string) => boolean {
  const known = new Map<string, Map<string, boolean>>();
  return (version, range) => {
    let answers = known.get(range);
    if (answers === undefined) known.set(range, (answers = new Map()));
    let answer = answers.get(version);
    if (answer === undefined) answers.set(version, (answer = semverValid(version) === null || semverSatisfies(version, range)));
    return answer;
  };
}

/** By what is needed now. */
function dependentsOf(services: GroupSystem["services"]): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const [service, { current }] of services) {
    for (const other of current?.requires.keys() ?? []) {
      const known = dependents.get(other);
      if (known === undefined) dependents.set(other, [service]);
      else known.push(service);
    }
  }
  return dependents;
}
