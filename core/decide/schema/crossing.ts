import semverSatisfies from "semver/functions/satisfies.js";
import type { Release } from "../../model/records.ts";
import type { SchemaGround } from "./schema-ground.ts";

/** What lies between a service's data as they are and a release. */
export type Crossing =
  /** Nothing is migrated back: it reads what is there, or writes a newer schema itself. */
  | { readonly kind: "none" }
  /** Data have to go back: newest step first. `barred` are those of the steps that can't be taken back. */
  | { readonly kind: "down"; readonly from: number; readonly to: number; readonly steps: readonly number[]; readonly barred: readonly number[] }
  /** No schema at or below today's is one that it reads. */
  | { readonly kind: "unreadable"; readonly from: number };

/** Nobody takes back so many at once; beyond this, ranges that match nothing would be searched for long. */
const MOST_STEPS = 1_000;

/** The least that has to be migrated back for a release to work with a service's data. */
export function determineCrossing({ irreversible, today }: SchemaGround, release: Release): Crossing {
  if (today === undefined || isReadBy(release, today) || (release.schema?.writes ?? 0) > today) return { kind: "none" };
  for (let to = today - 1; to >= Math.max(0, today - MOST_STEPS); to -= 1) {
    if (!isReadBy(release, to)) continue;
    const steps = stepsBetween(today, to);
    return { kind: "down", from: today, to, steps, barred: steps.filter((step) => irreversible.has(step)) };
  }
  return { kind: "unreadable", from: today };
}

/** A release that doesn't say what it reads, reads what it writes and nothing else; one that says neither has no part in this. */
export function isReadBy({ schema }: Release, number: number): boolean {
  if (schema?.reads !== undefined) return semverSatisfies(`${number}.0.0`, schema.reads);
  return schema?.writes === undefined || schema.writes === number;
}

/** In the order in which they are taken. */
export function stepsBetween(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.abs(from - to) }, (_, at) => (from > to ? from - at : from + 1 + at));
}

/** Whether a plan may go to such a release. */
export function isAllowed(crossing: Crossing, withSchema: boolean): boolean {
  return crossing.kind === "none" || (withSchema && crossing.kind === "down" && crossing.barred.length === 0);
}

export function stepCount(crossing: Crossing): number {
  return crossing.kind === "down" ? crossing.steps.length : 0;
}
