import type { HealthSettings } from "../../config/signals/health.ts";
import { isoTime } from "../../clock.ts";
import type { SeenInstance } from "../../model/facts.ts";
import { firstFew } from "../../model/first-few.ts";
import type { Reading, Suspect } from "../../model/reading.ts";
import { sayPart } from "./say-part.ts";

export interface HealthFacts {
  readonly suspect: Suspect;
  readonly instances: readonly SeenInstance[];
  /** Instances whose checks don't pass in Consul's catalog, by name. */
  readonly unhealthy: ReadonlySet<string>;
  /** Since when each instance is not well without a break, by its name; milliseconds since the epoch. */
  readonly since: ReadonlyMap<string, number>;
  readonly settings: HealthSettings;
  readonly now: number;
}

interface Ailing {
  readonly instance: string;
  readonly code: string;
  readonly message: string;
}

/** So many are named in the evidence; of one's words so much. */
const MOST_NAMED = 20;
const LONGEST_WORDS = 240;

/**
 * Crash loops, versions that don't come up, and failing checks, by version. An instance that tried the suspect and went
 * back to what it ran before counts as the suspect's; everything else that runs another version is what it is compared with.
 */
export function readHealth(facts: HealthFacts): Reading {
  const { settings, suspect } = facts;
  const live = facts.instances.filter((seen) => seen.live);
  const tried = live.filter((seen) => hasTried(seen, suspect));
  const others = live.filter((seen) => !hasTried(seen, suspect) && seen.record.version !== undefined);
  const lastingAmong = (seen: readonly SeenInstance[]): readonly Ailing[] => ailingAmong(seen, facts.unhealthy).filter((one) => hasLasted(one, facts));
  const [ailing, othersAiling] = [lastingAmong(tried), lastingAmong(others)];
  const evidence = [
    { kind: "instances", version: suspect.version, of: tried.length, ailing: ailing.slice(0, MOST_NAMED).map(({ code, instance, message }) => ({ instance, code, message })) },
    ...(others.length === 0 ? [] : [{ kind: "instances", version: "others", of: others.length, ailing: othersAiling.slice(0, MOST_NAMED).map(({ code, instance }) => ({ instance, code })) }]),
  ];
  if (tried.length === 0) return { says: "no-data", summary: `no live instance of ${suspect.service} on track ${suspect.track} runs ${suspect.version} or tried to`, evidence };
  const looping = ailing.filter(({ code }) => code === CRASH_LOOP).length;
  const part = ailing.length / tried.length;
  if (looping < settings.crashLoops && (ailing.length === 0 || part < settings.failing)) return { says: "good", summary: `${tried.length - ailing.length} of ${tried.length} instances of ${suspect.service} that run ${suspect.version} are well`, evidence };
  return {
    says: "bad",
    summary: `${ailing.length} of ${tried.length} instances of ${suspect.service} with ${suspect.version} are not well (${sayPart(part)}, ${looping} in a crash loop): ${firstFew(ailing.map(({ code, instance }) => `${instance} ${code}`))}`,
    since: isoTime(Math.min(facts.now, ...ailing.flatMap(({ instance }) => facts.since.get(instance) ?? []))),
    ...(others.length === 0 ? {} : { alike: othersAiling.length > 0 && othersAiling.length / others.length >= settings.failing }),
    evidence,
  };
}

/** Names of those that are not well now, for however short a time: by this the caller keeps `since`. */
export function namesOfAiling(instances: readonly SeenInstance[], unhealthy: ReadonlySet<string>): readonly string[] {
  return ailingAmong(instances.filter((seen) => seen.live), unhealthy).map(({ instance }) => instance);
}

const CRASH_LOOP = "crash-loop";
const RESTARTING = "restarting";
const CHECKS_FAILING = "checks-failing";

/** What an applier said of a change that it could not make true; what only waits for Consul or the disk is no word against a version. */
const FAILED = /^(?:process|template|exec)-(?:refused|failed|broken)$/;

function hasTried({ record }: SeenInstance, { track, version }: Suspect): boolean {
  if (record.track !== track) return record.version === version;
  return record.version === version || (record.revision < record.seen && FAILED.test(record.reason?.code ?? ""));
}

function ailingAmong(seen: readonly SeenInstance[], unhealthy: ReadonlySet<string>): readonly Ailing[] {
  return seen.flatMap(({ record: { instance, reason, traffic } }): readonly Ailing[] => {
    if (reason !== undefined && (reason.code === CRASH_LOOP || reason.code === RESTARTING || FAILED.test(reason.code))) return [{ instance, code: reason.code, message: reason.message.slice(0, LONGEST_WORDS) }];
    // Who is kept out of the catalog on purpose doesn't pass there either.
    return unhealthy.has(instance) && traffic?.off === undefined ? [{ instance, code: CHECKS_FAILING, message: "its checks don't pass in Consul's catalog" }] : [];
  });
}

/** One crash, or one check that failed once, may be chance. */
function hasLasted({ code, instance }: Ailing, { now, settings, since }: HealthFacts): boolean {
  return (code !== RESTARTING && code !== CHECKS_FAILING) || now - (since.get(instance) ?? now) >= settings.lasting;
}
