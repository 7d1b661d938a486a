/**
 * Counts of the suspect against its baseline's at the same moment. Where the baseline has too few beside the suspect (the pin
 * moved at once), its own count that it had for as long before the change.
 */
import { type Clock, isoTime, parseIsoTime } from "../../../../core/clock.ts";
import type { JudgeSettings } from "../../../../core/config/policy-schema.ts";
import { fillPromql } from "../../../../core/config/promql.ts";
import type { PrometheusErrors, PrometheusLatency } from "../../../../core/config/signals/prometheus.ts";
import { readErrorCounts, readLatencyCounts } from "../../../../core/decide/guard/read-counts.ts";
import type { ErrorCounts } from "../../../../core/decide/judge/error-counts.ts";
import { type Histogram, totalOf } from "../../../../core/decide/judge/histogram.ts";
import type { Reading, Suspect } from "../../../../core/model/reading.ts";
import { type Result, err, ok } from "../../../../core/model/result.ts";
import { consulTime } from "../../../../core/store/consul-time.ts";
import type { Store } from "../../../../core/store/port.ts";
import type { Signal } from "../../signal.ts";
import type { Prometheus } from "./ask-prometheus.ts";
import { createOnset } from "./onset.ts";
import type { Series } from "./parse-answer.ts";
import { parseCount, parseHistogram } from "./parse-counts.ts";

export interface ComparingDeps {
  readonly clock: Clock;
  readonly store: Pick<Store, "clockOffsetMs">;
  readonly judge: JudgeSettings;
}

/** One version's at one moment. */
type AskFor<T> = (version: string, at: number) => Promise<Result<T, string>>;

interface Comparison<T> {
  ask(this: void, one: (promql: string) => Promise<Result<readonly Series[], string>>): Promise<Result<T, string>>;
  samples(this: void, figures: T): number;
  read(this: void, compared: { readonly suspect: Suspect; readonly own: T; readonly baseline: T; readonly beside: boolean; readonly judge: JudgeSettings }): Reading;
}

export function openErrorsSignal({ prometheus: { errors, requests } }: PrometheusErrors, prometheus: Prometheus, deps: ComparingDeps): Signal {
  return openComparingSignal<ErrorCounts>(prometheus, deps, {
    async ask(one) {
      const [failed, all] = (await Promise.all([one(errors), one(requests)])).map((answer) => (answer.ok ? parseCount(answer.value) : answer));
      if (failed?.ok !== true) return failed ?? err("");
      return all?.ok === true ? ok({ errors: failed.value, requests: all.value }) : (all ?? err(""));
    },
    samples: (counts) => counts.requests,
    read: readErrorCounts,
  });
}

export function openLatencySignal({ prometheus: { latency } }: PrometheusLatency, prometheus: Prometheus, deps: ComparingDeps): Signal {
  return openComparingSignal<Histogram>(prometheus, deps, {
    async ask(one) {
      const answer = await one(latency);
      return answer.ok ? parseHistogram(answer.value) : answer;
    },
    samples: totalOf,
    read: readLatencyCounts,
  });
}

/** A day of samples is what a query may cost at each look; whoever is bad so late is bad within it. */
const LONGEST_WINDOW_MS = 86_400_000;

function openComparingSignal<T>(prometheus: Prometheus, { clock, judge, store }: ComparingDeps, { ask, read, samples }: Comparison<T>): Signal {
  const onset = createOnset();
  return {
    async read(suspect, signal) {
      const { baseline: other, movedAt, service, since, version } = suspect;
      if (other === undefined) return { says: "no-data", summary: `Prometheus: there is no version to compare ${service} ${version} with`, evidence: [] };
      const now = consulTime(store, clock);
      const ahead = now - clock.now();
      const windowMs = Math.min(LONGEST_WINDOW_MS, now - parseIsoTime(since));
      const askFor: AskFor<T> = (of, at) => ask((promql) => prometheus.ask(fillPromql(promql, { service, version: of, windowMs }) ?? "", at - ahead, signal));
      const [own, beside] = await Promise.all([askFor(version, now), askFor(other, now)]);
      if (!own.ok || !beside.ok) return noData(suspect, own.ok ? (beside.ok ? "" : beside.fault) : own.fault);
      const isBeside = samples(beside.value) >= judge.minSamples;
      // While the last step of a rollout is applied, neither runs alone: its baseline's last full time is before that.
      const before = isBeside ? beside : await askFor(other, parseIsoTime(movedAt ?? since));
      if (!before.ok) return noData(suspect, before.fault);
      const hadBefore = samples(before.value) >= judge.minSamples;
      const compared = isBeside || hadBefore ? { baseline: before.value, beside: isBeside } : { baseline: beside.value, beside: true };
      const reading = read({ suspect, own: own.value, judge, ...compared });
      if (reading.says === "good") onset.good(suspect);
      return reading.says === "bad" ? { ...reading, since: isoTime(onset.bad(suspect, now)) } : reading;
    },
    close: () => Promise.resolve(),
  };
}

function noData({ service, version }: Suspect, why: string): Reading {
  return { says: "no-data", summary: `Prometheus says nothing of ${service} ${version}: ${why}`, evidence: [] };
}
