import type { ServiceFacts } from "../../model/facts.ts";
import type { Release } from "../../model/records.ts";
import { isCondemned } from "../current.ts";
import { compareVersions, newestFirst } from "../version-order.ts";
import { type Crossing, determineCrossing, isAllowed } from "./crossing.ts";
import type { SchemaGround } from "./schema-ground.ts";

type Missed = Exclude<Crossing, { readonly kind: "none" }>;

/** Why a release doesn't work with the data as they are, and which migrations lie in between. */
export function describeUnread(service: string, { schema, version }: Release, crossing: Missed): string {
  const reads = schema?.reads ?? `${schema?.writes} (what it writes)`;
  const start = `${service} ${version} reads schema ${reads}, and the data of ${service} is at ${crossing.from}`;
  if (crossing.kind === "unreadable") return `${start}, with no schema below that it reads`;
  return `${start}: ${describeSteps(crossing.steps)} would have to be taken back`;
}

export function describeBarred(service: string, { barred }: Extract<Missed, { readonly kind: "down" }>): string {
  return `${describeSteps(barred)} of ${service} can't be taken back`;
}

/** `migration 8`, `migrations 9 and 8`, `migrations 30 to 12`. */
function describeSteps(steps: readonly number[]): string {
  const [first, second] = steps;
  if (second === undefined) return `migration ${first}`;
  return steps.length === 2 ? `migrations ${first} and ${second}` : `migrations ${first} to ${steps.at(-1)}`;
}

/** The newest older release that can be gone to, else the oldest newer one. */
export function describeNearest({ releases, service, verdicts }: Pick<ServiceFacts, "service" | "releases" | "verdicts">, ground: SchemaGround, left: string | undefined, withSchema: boolean): string {
  const registeredAt = (version: string): number | undefined => releases.get(version)?.createIndex;
  const safe = [...releases].flatMap(([version, { value }]) => (version !== left && !isCondemned({ verdicts }, version) && isAllowed(determineCrossing(ground, value), withSchema) ? [version] : []));
  const sorted = newestFirst(safe, registeredAt);
  const older = left === undefined ? sorted : sorted.filter((version) => compareVersions(version, left, registeredAt) < 0);
  const nearest = older[0] ?? sorted.at(-1);
  return nearest === undefined ? `no other release of ${service} that isn't condemned works with schema ${ground.today}` : `the nearest release that can be gone to is ${nearest}`;
}
