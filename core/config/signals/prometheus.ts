import * as z from "zod/mini";
import { parsePromql } from "../promql.ts";
import { parsedBy } from "../values.ts";

const promql = parsedBy(parsePromql, "needs a PromQL query in quotes");

/** A number that the version's own query gives is held against bounds. */
const thresholdSchema = z
  .strictObject({ prometheus: promql, above: z.optional(z.number()), below: z.optional(z.number()) })
  .check(z.refine(({ above, below }) => above !== undefined || below !== undefined, { error: 'needs a bound: add "above" or "below"' }));
export type PrometheusThreshold = z.infer<typeof thresholdSchema>;

export const prometheusSignalSchema = thresholdSchema;
