import { isoTime } from "../clock.ts";
import { NOTHING_DESIRED } from "../model/desired.ts";
import type { ServiceFacts } from "../model/facts.ts";
import type { Head, Release } from "../model/records.ts";
import { digestOf } from "./digest.ts";

/** Somebody wrote over its head: that is for a person to mend. */
export function isHeadUnreadable({ service, unreadable }: Pick<ServiceFacts, "service" | "unreadable">): boolean {
  return unreadable.some(({ key }) => key === `desired/${service}/head`);
}

/** The facts as they stand once these releases are registered, so that a dry run shows what a run would do. */
export function asRegistered(facts: ServiceFacts, releases: readonly Release[], now: number): ServiceFacts {
  const head: Head = { revision: 0, digest: digestOf(NOTHING_DESIRED), at: isoTime(now), by: "" };
  return {
    ...facts,
    head: facts.head ?? (isHeadUnreadable(facts) ? undefined : { value: head, createIndex: 0, modifyIndex: 0 }),
    releases: new Map([...releases.map((release) => [release.version, { value: release, createIndex: 0, modifyIndex: 0 }] as const), ...facts.releases]),
  };
}
