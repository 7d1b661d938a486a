/** What Prometheus answers to an instant query, as series; anything else is a sentence. https://prometheus.io/docs/prometheus/latest/querying/api/ */
import * as z from "zod/mini";
import { type Result, err, ok } from "../../../../core/model/result.ts";
import { asJson } from "../as-json.ts";
import type { Answer } from "../ask-http.ts";

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** As Prometheus writes numbers: `0.5`, `NaN`, `+Inf`. */
  readonly value: string;
}

const point = z.tuple([z.number(), z.string()]);
const success = z.object({
  status: z.literal("success"),
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.optional(point), histogram: z.optional(z.unknown()) })) }),
    z.object({ resultType: z.literal("scalar"), result: point }),
    z.object({ resultType: z.literal("matrix"), result: z.unknown() }),
    z.object({ resultType: z.literal("string"), result: z.unknown() }),
  ]),
  warnings: z.optional(z.array(z.string())),
});
const failure = z.object({ status: z.literal("error"), errorType: z.optional(z.string()), error: z.optional(z.string()) });

/** Of somebody else's words, so much is shown. */
const MOST_QUOTED = 300;

export function parseAnswer({ location, status, text }: Answer): Result<readonly Series[], string> {
  if (status >= 300 && status < 400) return err(`it answers ${status} and sends elsewhere${location === undefined ? "" : ` (${cut(location)})`}: write the address that answers by itself into guard.prometheus.url`);
  if (status === 401 || status === 403) return err(`it lets nobody in (${status}): check tokenFile or basicAuthFile under guard.prometheus`);
  const body = asJson(text);
  const failed = failure.safeParse(body);
  if (failed.success) return err(`it refuses the query (${failed.data.errorType ?? status}): ${cut(failed.data.error ?? "it doesn't say why")}`);
  if (status !== 200) return err(`it answers ${status}`);
  if (body === undefined) return err(text === "" ? "its answer is empty" : `its answer is no JSON; it ends in ${JSON.stringify(text.slice(-20))}`);
  const parsed = success.safeParse(body);
  return parsed.success ? seriesOf(parsed.data) : err("its answer is none of Prometheus's: is guard.prometheus.url right?");
}

function seriesOf({ data, warnings = [] }: z.infer<typeof success>): Result<readonly Series[], string> {
  // What Thanos says of stores that didn't answer: figures of a part are not those of the whole.
  if (warnings.length > 0) return err(`it answers with a warning: ${cut(warnings.join("; "))}`);
  if (data.resultType === "scalar") return ok([{ labels: {}, value: data.result[1] }]);
  if (data.resultType === "matrix") return err("the query gives ranges of values: take the [...] off, or a function such as rate() over it");
  if (data.resultType === "string") return err("the query gives text, not a number");
  const native = data.result.some(({ value }) => value === undefined);
  if (native) return err("the query gives native histograms: take a function such as histogram_count() of them");
  return ok(data.result.map(({ metric, value }) => ({ labels: metric, value: value?.[1] ?? "NaN" })));
}

function cut(text: string): string {
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
}
