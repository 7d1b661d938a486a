import type { JudgeSettings } from "../../config/policy-schema.ts";
import type { TrafficSettings } from "../../config/signals/traffic.ts";
import type { Evidence, Reading, Suspect } from "../../model/reading.ts";
import { BUCKETS, type RoutedTraffic, type TrafficCounts, boundOf } from "../../model/traffic-counts.ts";
import { compareErrors } from "../judge/compare-errors.ts";
import { compareErrorsToShare } from "../judge/compare-errors-to-share.ts";
import { compareLatencyHistograms } from "../judge/compare-latency-histograms.ts";
import type { Histogram } from "../judge/histogram.ts";
import { sayFailed, sayMargin, sayWhen } from "./say-comparison.ts";
import { sayPart } from "./say-part.ts";

export interface TrafficFacts {
  readonly suspect: Suspect;
  readonly routers: readonly { readonly live: boolean; readonly record: { readonly traffic?: RoutedTraffic | undefined } }[];
  readonly settings: TrafficSettings;
  readonly judge: JudgeSettings;
  /** Who counted, where it weren't routers; what they counted is said after it. */
  readonly seenBy?: string;
}

const NOTHING: TrafficCounts = { requests: 0, errors: 0 };

/**
 * Errors and latencies of the suspect against the baseline's, as rollpin's routers counted them since they split traffic as they do.
 * Where the baseline has too few requests beside the suspect (the pin moved at once), those count that it had before.
 */
export function readTraffic(facts: TrafficFacts): Reading {
  const { judge, seenBy, settings, suspect } = facts;
  const counted = countBoth(facts);
  const { baseline: other, figures, suspect: own } = counted;
  const evidence = evidenceOf(suspect, counted, seenBy === undefined);
  if (own.requests < judge.minSamples) return { says: "no-data", summary: `${seenBy ?? `routers of ${suspect.service} have seen`} ${figures}, and ${judge.minSamples} requests are needed`, evidence };
  const over = settings.above === undefined ? undefined : overThreshold(counted, settings.above, judge);
  if (over !== undefined) return { ...over, evidence };
  if (other.requests >= judge.minSamples) return compareBoth(counted, facts, evidence);
  return settings.above === undefined ? { says: "no-data", summary: `there is nothing to compare with: ${figures}, and ${judge.minSamples} requests of each are needed`, evidence } : { says: "good", summary: figures, evidence };
}

/** What both versions did. */
interface Counted {
  /** By router. */
  readonly pairs: readonly Pair[];
  readonly suspect: TrafficCounts;
  readonly baseline: TrafficCounts;
  /** Whether the baseline's are of the same time. */
  readonly isBeside: boolean;
  /** Both, for a person. */
  readonly figures: string;
}

function countBoth({ judge, routers, suspect }: TrafficFacts): Counted {
  const counted = routers.flatMap(({ live, record }) => (live && record.traffic !== undefined ? [record.traffic] : []));
  const baselineIn = (when: "now" | "before"): number => sum(counted.map((traffic) => countsOf(traffic[when], suspect.baseline))).requests;
  const isBeside = baselineIn("now") >= judge.minSamples || baselineIn("before") < judge.minSamples;
  const pairs = counted.map((traffic) => ({ suspect: countsOf(traffic.now, suspect.version), baseline: countsOf(isBeside ? traffic.now : traffic.before, suspect.baseline) }));
  const [own, other] = [sum(pairs.map((pair) => pair.suspect)), sum(pairs.map((pair) => pair.baseline))];
  const figures = `${sayFailed(suspect.version, own)}${suspect.baseline === undefined ? "" : `, ${sayFailed(suspect.baseline, other)} ${sayWhen(isBeside)}`}`;
  return { pairs, suspect: own, baseline: other, isBeside, figures };
}

function evidenceOf(suspect: Suspect, { baseline, isBeside, pairs, suspect: own }: Counted, byRouters: boolean): Evidence[] {
  return [
    { kind: "counts", version: suspect.version, requests: own.requests, errors: own.errors, ...(byRouters ? { routers: pairs.length } : {}) },
    ...(suspect.baseline === undefined ? [] : [{ kind: "counts", version: suspect.baseline, requests: baseline.requests, errors: baseline.errors, when: isBeside ? "beside" : "before" }]),
  ];
}

function compareBoth({ figures, pairs }: Counted, { judge, settings }: TrafficFacts, evidence: Evidence[]): Reading {
  const worse = [...(settings.compare.includes("errors") ? errorsWorse(pairs, judge, evidence) : []), ...(settings.compare.includes("latency") ? slower(pairs, judge, evidence) : [])];
  return worse.length === 0 ? { says: "good", summary: figures, evidence } : { says: "bad", summary: `${worse.join(", ")}: ${figures}`, alike: false, evidence };
}

interface Pair {
  readonly suspect: TrafficCounts;
  readonly baseline: TrafficCounts;
}

/** Every router is a stretch of its own: each splits traffic as it does. */
function errorsWorse(pairs: readonly Pair[], { confidence, effect, minSamples }: JudgeSettings, evidence: Evidence[]): readonly string[] {
  const { chance, chanceIfWorse, says } = compareErrors(pairs, { confidence, minSamples, effect: effect.errors });
  evidence.push({ kind: "comparison", of: "errors", says, chance, chanceIfWorse, confidence, effect: effect.errors });
  return says === "worse" ? [`more requests fail (${sayMargin(effect.errors, confidence)})`] : [];
}

function slower(pairs: readonly Pair[], { confidence, effect, minSamples }: JudgeSettings, evidence: Evidence[]): readonly string[] {
  const [suspect, baseline] = [histogramOf(pairs.map((pair) => pair.suspect)), histogramOf(pairs.map((pair) => pair.baseline))];
  if (suspect === undefined || baseline === undefined) return [];
  const { chance, chanceIfWorse, samples, says, superiority } = compareLatencyHistograms(suspect, baseline, { confidence, minSamples, effect: effect.latency });
  evidence.push({ kind: "comparison", of: "latency", says, chance, chanceIfWorse, confidence, effect: effect.latency, samples: { ...samples }, superiority });
  return says === "worse" ? [`answers take longer (${sayMargin(effect.latency, confidence)})`] : [];
}

/** Undefined where no more fail than that. */
function overThreshold({ baseline, figures, suspect }: Counted, above: number, { confidence, minSamples }: JudgeSettings): Omit<Reading, "evidence"> | undefined {
  const isOver = (counts: TrafficCounts): boolean => compareErrorsToShare(counts, above, { confidence, minSamples }).says === "worse";
  if (!isOver(suspect)) return undefined;
  const alike = baseline.requests < minSamples ? {} : { alike: isOver(baseline) };
  return { says: "bad", summary: `more than ${sayPart(above)} of requests fail: ${figures}`, ...alike };
}

function countsOf(counts: RoutedTraffic["now"], version: string | undefined): TrafficCounts {
  return version !== undefined && Object.hasOwn(counts, version) ? (counts[version] ?? NOTHING) : NOTHING;
}

function sum(counts: readonly TrafficCounts[]): TrafficCounts {
  return { requests: counts.reduce((all, { requests }) => all + requests, 0), errors: counts.reduce((all, { errors }) => all + errors, 0) };
}

/** Undefined where nobody told how long anything took. */
function histogramOf(counts: readonly TrafficCounts[]): Histogram | undefined {
  if (!counts.some(({ buckets }) => buckets !== undefined)) return undefined;
  const cumulative: number[] = [];
  let all = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    for (const { buckets } of counts) all += buckets?.[String(bucket)] ?? 0;
    cumulative.push(all);
  }
  return { bounds: cumulative.map((_, bucket) => boundOf(bucket)), counts: cumulative };
}
