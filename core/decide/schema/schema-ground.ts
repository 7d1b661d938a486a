import type { DesiredState } from "../../model/desired.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { Head, Release } from "../../model/records.ts";

/** What of a service's data a plan rests on. */
export interface SchemaGround {
  /** The schema that its data is at; undefined where no release that was pinned says what it writes. */
  readonly today: number | undefined;
  /** Steps that no way leads back over: one release that says so is enough. */
  readonly irreversible: ReadonlySet<number>;
}

/**
 * The highest schema that a release which was pinned writes, since data was last migrated back. The head keeps it, because
 * a rollback to a release that reads the newer schema leaves the data as it is. What is pinned now counts too: heads of an
 * older rollpin say nothing, and a flip by hand is no plan.
 */
export function determineSchema(head: Pick<Head, "schema"> | undefined, pins: DesiredState["pins"], releaseOf: (version: string) => Release | undefined): number | undefined {
  const written = Object.values(pins).map((version) => releaseOf(version)?.schema?.writes);
  const known = [head?.schema, ...written].filter((schema) => schema !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

export function irreversibleSteps(releases: Iterable<Release>): ReadonlySet<number> {
  const steps = new Set<number>();
  for (const { schema } of releases) {
    for (const [step, isReversible] of Object.entries(schema?.reversible ?? {})) if (!isReversible) steps.add(Number(step));
  }
  return steps;
}

export function schemaGroundOf({ head, releases }: Pick<ServiceFacts, "head" | "releases">, { pins }: DesiredState): SchemaGround {
  return {
    today: determineSchema(head?.value, pins, (version) => releases.get(version)?.value),
    irreversible: irreversibleSteps([...releases.values()].map(({ value }) => value)),
  };
}
