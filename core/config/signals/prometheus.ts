import * as z from "zod/mini";
import { type Result, err, ok } from "../../model/result.ts";
import { parsePromql, usesPlaceholder } from "../promql.ts";
import { parsedBy } from "../values.ts";

const EXPECTED = "needs a PromQL query in quotes";
const counted = parsedBy(parseCounted, EXPECTED);

/** A number that a query gives is held against bounds. */
const thresholdSchema = z
  .strictObject({ prometheus: parsedBy(parsePromql, EXPECTED), above: z.optional(z.number()), below: z.optional(z.number()) })
  .check(z.refine(({ above, below }) => above !== undefined || below !== undefined, { error: 'needs a bound: add "above" or "below"; or compare with the baseline by "prometheus: {errors: ..., requests: ...}" and "against: baseline"' }));
export type PrometheusThreshold = z.infer<typeof thresholdSchema>;

const against = z.literal("baseline");
/** Counts of the version and of its baseline are compared, by the policy's `judge`. */
const errorsSchema = z.strictObject({ prometheus: z.strictObject({ errors: counted, requests: counted }), against });
export type PrometheusErrors = z.infer<typeof errorsSchema>;
/** `latency`: counts by bucket, with the label `le`. */
const latencySchema = z.strictObject({ prometheus: z.strictObject({ latency: counted }), against });
export type PrometheusLatency = z.infer<typeof latencySchema>;

/** What Prometheus is asked; where it is stands in the agent's file. */
export const prometheusSignalSchema = z.union([thresholdSchema, errorsSchema, latencySchema]);
export type PrometheusSignal = z.infer<typeof prometheusSignalSchema>;

/** Counted since the change, so that one look can be compared with the next. */
function parseCounted(text: string): Result<string, string> {
  const parsed = parsePromql(text);
  if (!parsed.ok) return parsed;
  if (usesPlaceholder(text, "baseline")) return err("has {{baseline}}: {{version}} stands for either here");
  if (!usesPlaceholder(text, "version")) return err('needs {{version}} in a label, such as {version="{{version}}"}: it is asked for the version and for its baseline');
  return usesPlaceholder(text, "window") ? ok(text) : err("counts over another time than that since the change: write [{{window}}], such as sum(increase(errors_total[{{window}}]))");
}
