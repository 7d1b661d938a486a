import semverSatisfies from "semver/functions/satisfies.js";
import semverValid from "semver/functions/valid.js";
import type { Release } from "../../model/records.ts";
import { newestFirst } from "../version-order.ts";

/** What is known of a service that a release requires. `unseen`: nobody here may look. */
export type Known = { readonly kind: "unknown" } | { readonly kind: "unseen" } | { readonly kind: "versions"; readonly versions: readonly string[] };

/** What is odd about the needs of a release that is registered: each a sentence. None of it is an error, since others may be registered later. */
export function describeOddNeeds(service: string, { requires = {}, version }: Release, known: ReadonlyMap<string, Known>): readonly string[] {
  return Object.entries(requires).flatMap(([other, range]) => {
    const about = `${service} ${version} requires ${other} ${range}`;
    const found = known.get(other);
    if (found?.kind === "unknown") return [`${about}, and no service ${other} is known here: is the name right?`];
    if (found?.kind !== "versions") return [];
    // What semver can't compare meets every range.
    if (found.versions.length === 0 || found.versions.some((one) => semverValid(one) === null || semverSatisfies(one, range))) return [];
    return [`${about}, and none of the ${found.versions.length} registered versions of ${other} is in that range; the newest is ${newestFirst(found.versions, () => 0)[0]}`];
  });
}
