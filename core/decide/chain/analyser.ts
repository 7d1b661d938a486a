/**
 * Rebuilds call chains from spans as they come, and keeps count of where failures start. It does no I/O and knows no
 * clock: whoever has both says what came and what time it is. Memory is bounded by its limits whatever comes.
 *
 * A trace is looked at once nothing more has come for it for a moment; where a record is missing, it is given longer. What
 * comes later still is taken into account until the trace is let go: what was counted is then taken back and counted anew.
 */
import type { Span } from "../../model/span.ts";
import { createAcquaintance } from "./acquaintance.ts";
import { createDueTimes } from "./due-times.ts";
import { createExamples } from "./examples.ts";
import { findOutcomes } from "./find-outcomes.ts";
import { joinTrace } from "./join-trace.ts";
import type { Hop } from "./outcome.ts";
import { SPAN_MS, type Tally, createTally } from "./tally.ts";
import { type HeldTrace, createTraces } from "./traces.ts";

export interface AnalyserLimits {
  /** Spans of traces that aren't over yet. */
  readonly spans: number;
  readonly bytes: number;
  readonly spansEach: number;
  /** A trace is looked at when nothing came for it for so long; milliseconds. */
  readonly quiet: number;
  /** One in which a record is missing waits so long for it. */
  readonly patience: number;
  /** How long a trace is held for what comes late. */
  readonly hold: number;
  /** Services by version that are counted. */
  readonly series: number;
}

export const DEFAULT_LIMITS: AnalyserLimits = { spans: 200_000, bytes: 96 * 1024 * 1024, spansEach: 2_000, quiet: 50, patience: 2_000, hold: 10_000, series: 1_000 };

export interface Analyser {
  take(spans: readonly Span[], now: number): void;
  /** Looks at what is due. Milliseconds since 1970. */
  settle(now: number): void;
  readonly tally: Pick<Tally, "hosts" | "sum" | "versions">;
  /** Messages to a service that had to be answered by a deadline; `own` are those that nobody took. */
  readonly asked: Pick<Tally, "sum">;
  /** How failures that start there came in, the newest last. */
  examples(service: string, version: string): readonly (readonly Hop[])[];
  /** The share of records that name a caller whose record never came. */
  lostShare(): number;
  /** Another number whenever something was counted. */
  revision(): number;
  figures(): AnalyserFigures;
}

export interface AnalyserFigures {
  readonly taken: number;
  readonly held: { readonly traces: number; readonly spans: number; readonly bytes: number };
  readonly dropped: { readonly late: number; readonly twice: number; readonly overfull: number; readonly untimely: number };
}

/** A clock that runs ahead by more than this can't be counted by. */
const AHEAD_MS = 60_000;
const HOSTS_EACH = 32;
const NAMES = 10_000;
const ENDED = 50_000;
/** Lost records are counted over about as many as this. */
const LOST_OVER = 50_000;

export function createAnalyser(limits: AnalyserLimits): Analyser {
  const traces = createTraces({ ...limits, ended: ENDED });
  const counting = createCounting(limits);
  const due = createDueTimes<HeldTrace>();
  let [taken, untimely] = [0, 0];
  const lookAt = (trace: HeldTrace, at: number): void => {
    trace.isDue = true;
    due.put(trace, at);
  };
  const look = (trace: HeldTrace, now: number): void => {
    if (!trace.isDue) return;
    trace.isDue = false;
    const later = now < trace.latestAt + limits.quiet ? trace.latestAt + limits.quiet : counting.look(trace, now, false);
    if (later !== undefined) lookAt(trace, later);
  };
  const endOverdue = (now: number): void => {
    for (let trace = traces.overdue(now - limits.hold); trace !== undefined; trace = traces.overdue(now - limits.hold)) {
      counting.end(trace, now);
      traces.end(trace);
    }
  };
  const expectMore = (trace: HeldTrace | undefined, now: number): void => {
    if (trace !== undefined && !trace.isDue) lookAt(trace, now + limits.quiet);
  };
  return {
    take(spans, now) {
      for (const span of spans) {
        taken += 1;
        if (!isTimely(span, now)) {
          untimely += 1;
          continue;
        }
        expectMore(traces.put(span, now), now);
        if (span.kind === "consumer") for (const link of span.links) if (link.trace !== span.trace) expectMore(traces.link(link.trace, link.span, span, now), now);
      }
      endOverdue(now);
    },
    settle(now) {
      for (const trace of due.take(now)) look(trace, now);
      endOverdue(now);
    },
    ...counting.facts,
    figures: () => ({ taken, held: traces.held(), dropped: { ...traces.dropped(), untimely } }),
  };
}

interface Counting {
  /** Counts what is found in it, in place of what was before. Says when to look again instead, where something may still come. */
  look(trace: HeldTrace, now: number, isLast: boolean): number | undefined;
  end(trace: HeldTrace, now: number): void;
  readonly facts: Pick<Analyser, "asked" | "examples" | "lostShare" | "revision" | "tally">;
}

function createCounting({ hold, patience, series }: AnalyserLimits): Counting {
  const tally = createTally({ series, hostsEach: HOSTS_EACH });
  const asked = createTally({ series, hostsEach: 1 });
  const acquaintance = createAcquaintance({ names: NAMES });
  const examples = createExamples(series);
  let [orphans, joined, revision] = [0, 0, 0];
  const count = (trace: HeldTrace, sign: 1 | -1): void => {
    for (const outcome of trace.counted) tally.count(outcome, sign);
    for (const { answered, at, service } of trace.asked) asked.count({ kind: answered ? "well" : "own", service, version: "", host: undefined, at, silent: false }, sign);
  };
  const look: Counting["look"] = (trace, now, isLast) => {
    if (!trace.isNew) return undefined;
    const whole = joinTrace(trace.spans, trace.linked);
    acquaintance.learn(whole);
    const found = findOutcomes(whole, acquaintance, now);
    const readyAt = Math.max(found.isIncomplete ? trace.firstAt + patience : 0, Math.min(found.waitsUntil ?? 0, trace.firstAt + hold));
    if (!isLast && now < readyAt) return readyAt;
    count(trace, -1);
    [trace.counted, trace.asked, trace.orphans, trace.isNew] = [found.outcomes, found.asked, whole.orphans.length, false];
    count(trace, 1);
    examples.keep(found.outcomes);
    revision += 1;
    return undefined;
  };
  return {
    look,
    end(trace, now) {
      look(trace, now, true);
      trace.isDue = false;
      orphans += trace.orphans;
      joined += trace.spans.size;
      if (joined > LOST_OVER) [orphans, joined] = [orphans / 2, joined / 2];
    },
    facts: { tally, asked, examples: (service, version) => examples.of(service, version), revision: () => revision, lostShare: () => (joined === 0 ? 0 : orphans / joined) },
  };
}

function isTimely({ end, start }: Span, now: number): boolean {
  return start <= end && start > now - SPAN_MS && end < now + AHEAD_MS;
}
