/**
 * One number that a query gives, held against bounds. Where it is bad, two more are asked for: the baseline's, since what both
 * have is not the release's doing, and that of just before the change, since what was so already isn't either.
 */
import { type Clock, isoTime, parseIsoTime } from "../../../../core/clock.ts";
import { type PromqlValues, fillPromql, usesPlaceholder } from "../../../../core/config/promql.ts";
import type { PrometheusThreshold } from "../../../../core/config/signals/prometheus.ts";
import { type Figure, judgeThreshold } from "../../../../core/decide/guard/judge-threshold.ts";
import { consulTime } from "../../../../core/store/consul-time.ts";
import type { Evidence, Reading, Suspect } from "../../../../core/model/reading.ts";
import type { Store } from "../../../../core/store/port.ts";
import type { Signal } from "../../signal.ts";
import type { Prometheus } from "./ask-prometheus.ts";
import { createOnset } from "./onset.ts";

interface ClockDeps {
  readonly clock: Clock;
  readonly store: Pick<Store, "clockOffsetMs">;
}

/** `prometheus` is the guard's, and stays open. */
export function openThresholdSignal(settings: PrometheusThreshold, prometheus: Prometheus, { clock, store }: ClockDeps): Signal {
  const onset = createOnset();
  return {
    async read(suspect, signal) {
      // History's times are Consul's; Prometheus goes by a clock that is compared with this host's.
      const now = consulTime(store, clock);
      const ahead = now - clock.now();
      const look = (values: PromqlValues, at: number): Promise<Look> => lookAt({ settings, prometheus, signal }, values, at - ahead);
      const values = valuesOf(suspect, now);
      const own = await look(values, now);
      if (own.figure.says === "no-data") return noData(suspect, own);
      if (own.figure.says === "good") {
        onset.good(suspect);
        return { says: "good", summary: `Prometheus: ${subject(suspect)} has ${own.figure.words}`, evidence: [own.evidence] };
      }
      const beforeChange = parseIsoTime(suspect.movedAt ?? suspect.since) - BEFORE_MS;
      const [before, baseline] = await Promise.all([
        onset.of(suspect) === undefined ? look(values, beforeChange) : undefined,
        isComparable(settings, suspect) ? look({ ...values, version: suspect.baseline ?? "" }, now) : undefined,
      ]);
      const since = onset.bad(suspect, before?.figure.says === "bad" ? beforeChange : now);
      return readingOf(suspect, own, { before, baseline, since: isoTime(since) });
    },
    close: () => Promise.resolve(),
  };
}

/** Just before the change was committed: by more than clocks of hosts may differ. */
const BEFORE_MS = 5_000;
/** Of one that is shown as evidence, which is small. */
const LONGEST_QUERY = 800;

interface Look {
  readonly figure: Figure;
  readonly evidence: Evidence;
}

interface Asking {
  readonly settings: PrometheusThreshold;
  readonly prometheus: Prometheus;
  readonly signal: AbortSignal;
}

async function lookAt({ prometheus, settings, signal }: Asking, values: PromqlValues, at: number): Promise<Look> {
  const query = fillPromql(settings.prometheus, values);
  if (query === undefined) return { figure: { says: "no-data", why: "the query names {{baseline}}, and there is no version to compare with" }, evidence: { kind: "series", query: settings.prometheus.slice(0, LONGEST_QUERY) } };
  const asked = await prometheus.ask(query, at, signal);
  const figure: Figure = asked.ok ? judgeThreshold(asked.value.map(({ value }) => value), settings) : { says: "no-data", why: asked.fault };
  const bounds = { ...(settings.above === undefined ? {} : { above: settings.above }), ...(settings.below === undefined ? {} : { below: settings.below }) };
  const found = figure.says === "no-data" ? { why: figure.why } : { value: figure.value };
  return { figure, evidence: { kind: "series", query: query.slice(0, LONGEST_QUERY), at: isoTime(at), ...bounds, ...found } };
}

function readingOf(suspect: Suspect, own: Look, { baseline, before, since }: { readonly before: Look | undefined; readonly baseline: Look | undefined; readonly since: string }): Reading {
  const words = own.figure.says === "no-data" ? "" : own.figure.words;
  const compared = baseline === undefined || baseline.figure.says === "no-data" ? undefined : baseline.figure;
  const also = compared === undefined ? "" : compared.says === "bad" ? `; its baseline ${suspect.baseline} is as bad with ${compared.words}` : `; its baseline ${suspect.baseline} has ${compared.words}`;
  const already = before?.figure.says === "bad" ? `; it was so before the change already, with ${before.figure.words}` : "";
  return {
    says: "bad",
    summary: `Prometheus: ${subject(suspect)} has ${words}${also}${already}`,
    since,
    ...(compared === undefined ? {} : { alike: compared.says === "bad" }),
    evidence: [own, baseline, before].flatMap((look) => (look === undefined ? [] : [look.evidence])),
  };
}

function noData(suspect: Suspect, { evidence, figure }: Look): Reading {
  return { says: "no-data", summary: `Prometheus says nothing of ${subject(suspect)}: ${figure.says === "no-data" ? figure.why : ""}`, evidence: [evidence] };
}

const subject = ({ service, version }: Suspect): string => `${service} ${version}`;

/** Whether another version's figure is another figure. */
function isComparable(settings: PrometheusThreshold, { baseline }: Suspect): boolean {
  return baseline !== undefined && usesPlaceholder(settings.prometheus, "version") && !usesPlaceholder(settings.prometheus, "baseline");
}

function valuesOf({ baseline, service, since, version }: Suspect, now: number): PromqlValues {
  return { service, version, baseline, windowMs: now - parseIsoTime(since) };
}
