/** Which versions must take no traffic: those that can't read what data is, or will be, at. */
import type { DesiredState } from "../../model/desired.ts";
import type { Migration } from "../../model/plan.ts";
import type { Head, Release } from "../../model/records.ts";
import { isReadBy } from "./crossing.ts";

type ReleaseOf = (version: string) => Release | undefined;

/** Of these versions, while data goes from one schema to another: those that can't read one of all that it goes through, both ends included. */
export function unreadableOnTheWay(versions: readonly string[], { from, to }: Pick<Migration, "from" | "to">, releaseOf: ReleaseOf): readonly string[] {
  const least = Math.min(from, to);
  const schemas = Array.from({ length: Math.abs(from - to) + 1 }, (_, at) => least + at);
  return versions
    .filter((version) => {
      const release = releaseOf(version);
      return release !== undefined && !schemas.every((schema) => isReadBy(release, schema));
    })
    .sort();
}

/** Of those, once pins are written: what still runs in another's place and can't read what data is at then. What is pinned isn't judged: it was asked for. */
export function unreadableAfter({ off = [], to }: Migration, pins: DesiredState["pins"], releaseOf: ReleaseOf): readonly string[] {
  const pinned = new Set(Object.values(pins));
  return off.filter((version) => {
    const release = releaseOf(version);
    return release !== undefined && !pinned.has(version) && !isReadBy(release, to);
  });
}

/** It may be anything: nothing is known of what it reads. */
export function isSilent(release: Release | undefined): boolean {
  return release !== undefined && release.schema?.reads === undefined && release.schema?.writes === undefined;
}

/** What of a head says which versions are off. */
export type OffGround = Pick<Head, "operation" | "off" | "schema">;

/** Undefined where it says nothing of the kind. */
export function offGroundOf({ off, operation, schema }: Head): OffGround | undefined {
  return off === undefined && operation?.off === undefined ? undefined : { off, operation, schema };
}

/** Why an instance of a service takes no traffic now; undefined where it may. `pinned` is what it is to run. */
export function whyOff(service: string, { off, operation, schema }: OffGround, version: string, pinned: string | undefined): string | undefined {
  if (operation?.off?.includes(version) === true) return `operation ${operation.id} migrates the data of ${service}, which ${version} can't read meanwhile`;
  if (version === pinned || off?.includes(version) !== true) return undefined;
  return `${version} doesn't read what the data of ${service} is at${schema === undefined ? "" : `, schema ${schema}`}`;
}
