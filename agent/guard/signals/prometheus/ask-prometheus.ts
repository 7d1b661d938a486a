/** Instant queries, by POST: a long one fits no URL. */
import type { Clock } from "../../../../core/clock.ts";
import type { HttpSource } from "../../../../core/config/http-source.ts";
import type { Result } from "../../../../core/model/result.ts";
import { openHttpAsker } from "../ask-http.ts";
import { type Series, parseAnswer } from "./parse-answer.ts";

export interface Prometheus {
  /** `atMs`: of the evaluation. The fault begins with what Prometheus did: "it answers 503". */
  ask(promql: string, atMs: number, signal: AbortSignal): Promise<Result<readonly Series[], string>>;
  close(): void;
}

export function openPrometheus(source: HttpSource, around: { readonly clock: Clock; readonly folder: string }): Prometheus {
  const asker = openHttpAsker(source, around);
  return {
    async ask(promql, atMs, signal) {
      const form = new URLSearchParams({ query: promql, time: (atMs / 1000).toFixed(3), timeout: `${source.timeout}ms` });
      const answer = await asker.ask("/api/v1/query", form, signal);
      return answer.ok ? parseAnswer(answer.value) : answer;
    },
    close: () => asker.close(),
  };
}
