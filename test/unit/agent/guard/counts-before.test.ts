/** Of which time Prometheus is asked what was before a change. */
import { expect, it } from "vitest";
import type { Prometheus } from "../../../../agent/guard/signals/prometheus/ask-prometheus.ts";
import { openErrorsSignal } from "../../../../agent/guard/signals/prometheus/comparing-signal.ts";
import { openThresholdSignal } from "../../../../agent/guard/signals/prometheus/threshold-signal.ts";
import { isoTime, parseIsoTime, systemClock } from "../../../../core/clock.ts";
import type { Suspect } from "../../../../core/model/reading.ts";
import { ok } from "../../../../core/model/result.ts";

const MOVED = "2026-11-30T03:00:00.000Z";
/** It took three minutes until the step stood everywhere, and that was four seconds ago. */
const STOOD = "2026-11-30T03:03:00.000Z";
const now = parseIsoTime(STOOD) + 4_000;
const clock = { ...systemClock, now: () => now };
const deps = { clock, store: { clockOffsetMs: () => 0 } };
const SUSPECT: Suspect = { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.0.0", since: STOOD, movedAt: MOVED };

/** The former version answered until the latter was pinned, and the latter has since it stood. */
function prometheusOf(valueOf: (query: string, at: number) => number): { readonly prometheus: Prometheus; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    prometheus: {
      ask: (query, at) => {
        asked.push(`${query} ${isoTime(at)}`);
        return Promise.resolve(ok([{ labels: {}, value: String(valueOf(query, at)) }]));
      },
      close: () => undefined,
    },
  };
}

it("counts are compared with the baseline's of before the version was pinned, however long its last step took to be applied", async () => {
  const { asked, prometheus } = prometheusOf((query, at) => (query.startsWith("errors") ? 0 : query.includes("2.0.0") || at <= parseIsoTime(MOVED) ? 100 : 0));
  const signal = openErrorsSignal({ prometheus: { errors: 'errors{v="{{version}}"}', requests: 'requests{v="{{version}}"}' }, against: "baseline" }, prometheus, { ...deps, judge: { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } } });
  expect(await signal.read(SUSPECT, new AbortController().signal)).toMatchObject({ says: "good", evidence: [{ requests: 100 }, { requests: 100, when: "before" }, {}] });
  expect(asked.filter((one) => one.endsWith(MOVED))).toEqual([`errors{v="1.0.0"} ${MOVED}`, `requests{v="1.0.0"} ${MOVED}`]);
});

it("what is bad while its step is applied was not so before the change", async () => {
  const { prometheus } = prometheusOf((_, at) => (at >= parseIsoTime(MOVED) ? 1 : 0));
  const reading = await openThresholdSignal({ prometheus: 'share{v="{{version}}"}', above: 0.5 }, prometheus, deps).read({ ...SUSPECT, baseline: undefined }, new AbortController().signal);
  expect(reading).toMatchObject({ says: "bad", since: isoTime(now) });
  expect(reading.summary).not.toContain("before the change already");
});
