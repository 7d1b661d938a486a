/** Series of Prometheus's as counts. The fault is a sentence. */
import { type Result, err, ok } from "../../../../core/model/result.ts";
import type { Histogram } from "../../../../core/decide/judge/histogram.ts";
import type { Series } from "./parse-answer.ts";

/** 0 where there is no series: a counter is there once it has counted something. */
export function parseCount(series: readonly Series[]): Result<number, string> {
  const [first] = series;
  if (series.length > 1) return err(`the query gives ${series.length} series where one count is needed: put sum(...) around it`);
  const value = Number(first?.value ?? 0);
  return Number.isFinite(value) ? ok(value) : err(`the query gives ${first?.value} where a count is needed`);
}

/** One series for each bucket. Estimates of `increase` can contradict each other by a little: a bucket holds no less than a smaller one. */
export function parseHistogram(series: readonly Series[]): Result<Histogram, string> {
  if (series.length === 0) return ok({ bounds: [Infinity], counts: [0] });
  const buckets = series.map(({ labels, value }) => ({ bound: labels["le"] === "+Inf" ? Infinity : Number(labels["le"] ?? "none"), count: Number(value) })).sort((a, b) => a.bound - b.bound);
  if (buckets.some(({ bound }) => Number.isNaN(bound))) return err('the query gives series without the label "le": take sum by (le) (increase(..._bucket{...}[{{window}}]))');
  if (buckets.some(({ bound }, at) => bound === buckets[at - 1]?.bound)) return err('the query gives several series for one bucket: take sum by (le) (...)');
  if (buckets.at(-1)?.bound !== Infinity) return err('the query gives no bucket le="+Inf", which counts all: leave it in');
  if (buckets.some(({ count }) => !Number.isFinite(count))) return err("the query gives a bucket that holds no number");
  let most = 0;
  return ok({ bounds: buckets.map(({ bound }) => bound), counts: buckets.map(({ count }) => (most = Math.max(most, count))) });
}
