/** The latest ways on which failures came in that start at a version. Bounded: what failed longest ago goes first. */
import { dropOldest } from "../drop-oldest.ts";
import type { Hop, Outcome } from "./outcome.ts";

export interface Examples {
  keep(outcomes: readonly Outcome[]): void;
  of(service: string, version: string): readonly (readonly Hop[])[];
}

const EACH = 3;

export function createExamples(most: number): Examples {
  const kept = new Map<string, (readonly Hop[])[]>();
  return {
    keep(outcomes) {
      for (const { chain, service, version } of outcomes) {
        if (chain.length === 0) continue;
        const key = keyOf(service, version);
        const there = kept.get(key) ?? [];
        kept.delete(key);
        kept.set(key, [...there.slice(1 - EACH), chain]);
        dropOldest(kept, most);
      }
    },
    of: (service, version) => kept.get(keyOf(service, version)) ?? [],
  };
}

const keyOf = (service: string, version: string): string => `${service}\n${version}`;
