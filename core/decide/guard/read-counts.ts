/** What Prometheus counted for the suspect, against its baseline. */
import type { JudgeSettings } from "../../config/policy-schema.ts";
import type { Evidence, Reading, Suspect } from "../../model/reading.ts";
import { compareErrors } from "../judge/compare-errors.ts";
import { compareLatencyHistograms } from "../judge/compare-latency-histograms.ts";
import type { ErrorCounts } from "../judge/error-counts.ts";
import { type Histogram, totalOf } from "../judge/histogram.ts";
import { sayFailed, sayMargin, sayWhen } from "./say-comparison.ts";

/** `beside`: in the same time; else in as long a time before the change, since it had none beside it. */
interface Compared<T> {
  readonly suspect: Suspect;
  readonly own: T;
  readonly baseline: T;
  readonly beside: boolean;
  readonly judge: JudgeSettings;
}

export function readErrorCounts({ baseline, beside, judge, own, suspect }: Compared<ErrorCounts>): Reading {
  const figures = `${sayFailed(suspect.version, own)}, ${sayFailed(suspect.baseline ?? "", baseline)} ${sayWhen(beside)}`;
  const evidence: Evidence[] = [
    { kind: "counts", version: suspect.version, requests: own.requests, errors: own.errors },
    { kind: "counts", version: suspect.baseline ?? "", requests: baseline.requests, errors: baseline.errors, when: beside ? "beside" : "before" },
  ];
  const few = tooFew(own.requests, baseline.requests, judge);
  if (few) return { says: "no-data", summary: `Prometheus has counted too little of ${suspect.service}: ${figures}; ${judge.minSamples} requests of each are needed`, evidence };
  const { confidence, effect, minSamples } = judge;
  const { chance, chanceIfWorse, says } = compareErrors({ suspect: own, baseline }, { confidence, minSamples, effect: effect.errors });
  evidence.push({ kind: "comparison", of: "errors", says, chance, chanceIfWorse, confidence, effect: effect.errors });
  if (says !== "worse") return { says: "good", summary: `Prometheus: ${suspect.service} ${figures}`, evidence };
  return { says: "bad", alike: false, summary: `Prometheus: more requests to ${suspect.service} fail (${sayMargin(effect.errors, confidence)}): ${figures}`, evidence };
}

export function readLatencyCounts({ baseline, beside, judge, own, suspect }: Compared<Histogram>): Reading {
  const [mine, theirs] = [totalOf(own), totalOf(baseline)];
  const figures = `${describeMedian(suspect.version, own)}, ${describeMedian(suspect.baseline ?? "", baseline)} ${sayWhen(beside)}`;
  const evidence: Evidence[] = [
    { kind: "latencies", version: suspect.version, samples: mine },
    { kind: "latencies", version: suspect.baseline ?? "", samples: theirs, when: beside ? "beside" : "before" },
  ];
  if (tooFew(mine, theirs, judge)) return { says: "no-data", summary: `Prometheus has measured too little of ${suspect.service}: ${figures}; ${judge.minSamples} requests of each are needed`, evidence };
  const { confidence, effect, minSamples } = judge;
  const { chance, chanceIfWorse, says, superiority } = compareLatencyHistograms(own, baseline, { confidence, minSamples, effect: effect.latency });
  evidence.push({ kind: "comparison", of: "latency", says, chance, chanceIfWorse, confidence, effect: effect.latency, superiority });
  if (says !== "worse") return { says: "good", summary: `Prometheus: ${suspect.service} ${figures}`, evidence };
  return { says: "bad", alike: false, summary: `Prometheus: answers of ${suspect.service} take longer (${sayMargin(effect.latency, confidence)}): ${figures}`, evidence };
}

function tooFew(own: number, baseline: number, { minSamples }: JudgeSettings): boolean {
  return own < minSamples || baseline < minSamples;
}

/** The bound below which half of them are, which is all that buckets say for sure. */
function describeMedian(version: string, histogram: Histogram): string {
  const all = totalOf(histogram);
  if (all === 0) return `${version} answered nothing`;
  const bound = histogram.bounds[histogram.counts.findIndex((count) => count >= all / 2)] ?? Infinity;
  return `${version} answered half of ${Math.round(all)} within ${bound === Infinity ? "no bound that is measured" : bound}`;
}
