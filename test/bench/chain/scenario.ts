/** A system with so many faults in it, its traffic on its way over a bus, and what the analyser says in the end. */
import { type Analyser, type AnalyserLimits, DEFAULT_LIMITS, createAnalyser } from "../../../core/decide/chain/analyser.ts";
import { type ChainCause, type ChainThresholds, judgeChain } from "../../../core/decide/chain/judge-chain.ts";
import type { Span } from "../../../core/model/span.ts";
import { seededRandom } from "../../support/random.ts";
import { simulateRequest } from "./simulate.ts";
import { type Random, type Service, type System, type VersionFault, between, drawSystem, drawVersion, oneOf, whole } from "./topology.ts";

export interface Wanted {
  readonly seed: number;
  readonly services: number;
  /** How many versions that were moved to are bad. */
  readonly versionFaults: number;
  /** How many things break that are no version's. */
  readonly otherFaults: number;
  readonly lost: number;
  readonly late: number;
}

export interface Outcome {
  readonly blamed: readonly string[];
  readonly faulty: readonly string[];
  readonly innocent: readonly string[];
  /** Versions that nobody changed and that were blamed all the same. */
  readonly blamedUnchanged: readonly string[];
  readonly spans: number;
  readonly causes: ReadonlyMap<string, ChainCause>;
  readonly described: string;
}

const THRESHOLDS: ChainThresholds = { confidence: 0.99, minSamples: 50, effect: 0.005 };
const BEGIN = 1_800_000_000_000;
const LASTS_MS = 600_000;
const UNCHANGED_SINCE = BEGIN - 86_400_000;
const CHANGED_AT = BEGIN + 200_000;
const ROLLOUTS = 6;
/** Of each version that is asked about. */
const CALLS_WANTED = 300;
const REQUESTS = { least: 1_000, most: 5_000 };
const BLAMES: ReadonlySet<ChainCause> = new Set(["version", "queries", "unanswered"]);

export function playScenario(wanted: Wanted): Outcome {
  const random = seededRandom(wanted.seed);
  const system = drawSystem(random, wanted.services);
  const changed = drawRollouts(random, system);
  const faulty = drawVersionFaults(random, system, changed, wanted.versionFaults);
  const places = [...system.services];
  const others = Array.from({ length: wanted.otherFaults }, () => breakSomething(random, places, changed));
  const spans = simulate(random, system, changed);
  const analyser = createAnalyser(DEFAULT_LIMITS);
  const now = deliver(analyser, DEFAULT_LIMITS, withMishaps(random, spans, wanted));
  const ask = (service: Service, version: string, baseline: string | undefined, since: number): ChainCause => judgeChain(analyser, { service: service.name, version, baseline, since }, THRESHOLDS, now).cause;
  const causes = new Map(changed.map((service) => [service.name, ask(service, "2.0.0", "1.0.0", CHANGED_AT)] as const));
  return {
    causes,
    blamed: changed.map(({ name }) => name).filter((name) => BLAMES.has(causes.get(name) ?? "undecided")),
    faulty: faulty.map(({ name }) => name),
    innocent: changed.filter((service) => !faulty.includes(service)).map(({ name }) => name),
    blamedUnchanged: system.services.filter((service) => BLAMES.has(ask(service, "1.0.0", service.rollout === undefined || service.rollout.share === "replaced" ? undefined : "2.0.0", UNCHANGED_SINCE))).map(({ name }) => name),
    spans: spans.length,
    described: [...faulty.map(({ name, rollout }) => `${name} ${String(rollout?.share)} ${JSON.stringify(rollout?.version.fault)}`), ...others].join("; "),
  };
}

/** Among the services that requests come to most, so that there is something to judge by. */
function drawRollouts(random: Random, system: System): readonly Service[] {
  const visits = new Map<Service, number>();
  for (let request = 0; request < 300; request += 1) {
    simulateRequest(system, BEGIN, { random, changedAt: CHANGED_AT, onCall: (service) => visits.set(service, (visits.get(service) ?? 0) + 1) });
  }
  const busiest = [...visits].filter(([, count]) => count >= 60).sort(([, a], [, b]) => b - a).map(([service]) => service);
  const changed: Service[] = [];
  while (changed.length < ROLLOUTS && busiest.length > 0) {
    const [service] = busiest.splice(whole(random, 0, busiest.length - 1), 1);
    if (service === undefined) break;
    service.rollout = { version: drawVersion(random, service.name, "2.0.0", whole(random, 2, 4)), share: random() < 0.3 ? "replaced" : between(random, 0.2, 0.5) };
    changed.push(service);
  }
  return changed;
}

function drawVersionFaults(random: Random, system: System, changed: readonly Service[], count: number): readonly Service[] {
  const left = [...changed];
  const faulty: Service[] = [];
  while (faulty.length < count && left.length > 0) {
    const [service] = left.splice(whole(random, 0, left.length - 1), 1);
    if (service?.rollout === undefined) break;
    service.rollout.version.fault = drawVersionFault(random, service, system);
    faulty.push(service);
  }
  return faulty;
}

function drawVersionFault(random: Random, service: Service, { entries, services }: System): VersionFault {
  const { database, rollout } = service;
  const rate = between(random, 0.1, 1);
  const kinds: VersionFault["kind"][] = ["errors", "errors"];
  // Where nobody waits for it there is nobody to see that it doesn't answer.
  const isWaitedFor = !entries.includes(service) && services.every(({ edges }) => edges.every(({ queue, to }) => to !== service || queue === undefined || queue.deadline !== undefined));
  if (isWaitedFor) kinds.push("slow", "crashes");
  // In place of the other version there is nothing to tell a bad query from a bad database by.
  if (database !== undefined && rollout?.share !== "replaced") kinds.push("queries");
  return { kind: oneOf(random, kinds), rate };
}

/** Of the services that are being changed as well as of others, each at most once. */
function breakSomething(random: Random, places: Service[], changed: readonly Service[]): string {
  const left = changed.filter((service) => places.includes(service));
  const service = oneOf(random, random() < 0.5 && left.length > 0 ? left : places);
  places.splice(places.indexOf(service), 1);
  const kind = oneOf(random, ["dead host", "sick host", "database"] as const);
  if (kind === "database" && service.database !== undefined) {
    service.database.fault = random() < 0.5 ? "slow" : "fails";
    return `${service.database.name} ${service.database.fault}`;
  }
  const host = oneOf(random, (service.rollout !== undefined && random() < 0.5 ? service.rollout.version : service.stable).hosts);
  if (kind === "sick host") host.isSick = true;
  else host.isDead = true;
  return `${kind} ${host.name}`;
}

function simulate(random: Random, system: System, changed: readonly Service[]): readonly Span[] {
  const calls = new Map<string, number>();
  const isEnough = (): boolean => changed.every(({ name }) => (calls.get(`${name} 2.0.0`) ?? 0) >= CALLS_WANTED && (calls.get(`${name} 1.0.0`) ?? 0) >= CALLS_WANTED);
  const spans: Span[] = [];
  const onCall = (service: Service, version: { readonly name: string }): void => {
    const key = `${service.name} ${version.name}`;
    calls.set(key, (calls.get(key) ?? 0) + 1);
  };
  for (let request = 0; request < REQUESTS.most && (request < REQUESTS.least || !isEnough()); request += 1) {
    for (const span of simulateRequest(system, BEGIN + random() * LASTS_MS, { random, changedAt: CHANGED_AT, onCall })) spans.push(span);
  }
  return spans;
}

interface Arrival {
  readonly at: number;
  readonly span: Span;
}

/** Services send a few at a time; what is late comes seconds later, some of it after its trace was let go. */
function withMishaps(random: Random, spans: readonly Span[], { late, lost }: Wanted): readonly Arrival[] {
  const arrivals: Arrival[] = [];
  for (const span of spans) {
    if (random() < lost) continue;
    arrivals.push({ span, at: Math.ceil(span.end / 200) * 200 + (random() < late ? -Math.log(1 - random()) * 5_000 : 0) });
  }
  return arrivals.sort((a, b) => a.at - b.at);
}

/** Until all is settled; says when that is. */
function deliver(analyser: Analyser, { hold }: AnalyserLimits, arrivals: readonly Arrival[]): number {
  let now = BEGIN;
  for (const { at, span } of arrivals) {
    if (at > now) {
      now = at;
      analyser.settle(now);
    }
    analyser.take([span], now);
  }
  const end = now + hold + 1_000;
  analyser.settle(end);
  return end;
}
