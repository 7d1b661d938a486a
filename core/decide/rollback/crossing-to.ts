import { type Crossing, determineCrossing, isAllowed } from "../schema/crossing.ts";
import { schemaGroundOf } from "../schema/schema-ground.ts";
import type { Search } from "./target.ts";

/** What of the service's data would have to be migrated back for each of these versions; the unregistered are another check's matter. */
export function crossingsTo({ known: { current, facts } }: Search, versions: readonly string[]): ReadonlyMap<string, Crossing> {
  const ground = schemaGroundOf(facts, current.state);
  return new Map(versions.flatMap((version) => {
    const release = facts.releases.get(version)?.value;
    return release === undefined ? [] : [[version, determineCrossing(ground, release)]];
  }));
}

/** Those that work with the data as they are, or once they were migrated where that was asked for; all of them where none does, and what else there is to say about that is said where it is refused. */
export function preferWorking(search: Search, versions: readonly string[]): readonly string[] {
  const crossings = crossingsTo(search, versions);
  const working = versions.filter((version) => {
    const crossing = crossings.get(version);
    return crossing !== undefined && isAllowed(crossing, search.request.withSchema === true);
  });
  return working.length === 0 ? versions : working;
}
