/** Holds the spans of traces until all of them may have come. Bounded by count and by bytes: the oldest trace goes first. */
import type { Span } from "../../model/span.ts";
import { dropOldest } from "../drop-oldest.ts";
import type { Asked } from "./find-outcomes.ts";
import type { Outcome } from "./outcome.ts";

export interface HeldTrace {
  readonly id: string;
  readonly spans: Map<string, Span>;
  /** Entries in other traces, by the span here that they come from. */
  readonly linked: Map<string, Span[]>;
  readonly firstAt: number;
  latestAt: number;
  bytes: number;
  /** Something came since it was looked at. */
  isNew: boolean;
  /** A time at which it will be looked at. */
  isDue: boolean;
  /** What of it stands in the tally. */
  counted: readonly Outcome[];
  orphans: number;
  asked: readonly Asked[];
}

export interface TraceLimits {
  readonly spans: number;
  readonly bytes: number;
  readonly spansEach: number;
  /** Ids of traces that are over, so that what comes late for them isn't taken for a new one. */
  readonly ended: number;
}

export interface Traces {
  /** Undefined: it isn't kept, since it was there already, came too late, or its trace is full. */
  put(span: Span, now: number): HeldTrace | undefined;
  /** The same for an entry of another trace that says it comes from `from`. */
  link(trace: string, from: string, entry: Span, now: number): HeldTrace | undefined;
  /** The oldest, where there is too much, or where its time is over. */
  overdue(before: number): HeldTrace | undefined;
  end(trace: HeldTrace): void;
  held(): { readonly traces: number; readonly spans: number; readonly bytes: number };
  dropped(): { readonly late: number; readonly twice: number; readonly overfull: number };
}

const SPAN_BYTES = 320;
const TRACE_BYTES = 600;
/** To one span: a message goes to few. */
const MOST_LINKED = 16;

export function createTraces(limits: TraceLimits): Traces {
  const traces = new Map<string, HeldTrace>();
  const ended = new Set<string>();
  let [spans, bytes, late, twice, overfull] = [0, 0, 0, 0, 0];
  const open = (id: string, now: number): HeldTrace | undefined => {
    const found = traces.get(id);
    if (found !== undefined) return found;
    if (ended.has(id)) late += 1;
    if (ended.has(id)) return undefined;
    const begun = beginTrace(id, now);
    traces.set(id, begun);
    bytes += TRACE_BYTES;
    return begun;
  };
  const grow = (trace: HeldTrace, span: Span, now: number): HeldTrace => {
    const size = sizeOf(span);
    bytes += size;
    spans += 1;
    return Object.assign(trace, { bytes: trace.bytes + size, latestAt: now, isNew: true });
  };
  const isFull = (trace: HeldTrace): boolean => {
    const full = trace.spans.size + trace.linked.size >= limits.spansEach;
    if (full) overfull += 1;
    return full;
  };
  return {
    put(span, now) {
      const trace = open(span.trace, now);
      const isTwice = trace?.spans.has(span.span) === true;
      if (isTwice) twice += 1;
      if (trace === undefined || isTwice || isFull(trace)) return undefined;
      trace.spans.set(span.span, span);
      return grow(trace, span, now);
    },
    link(id, from, entry, now) {
      const trace = open(id, now);
      const there = trace?.linked.get(from) ?? [];
      if (trace === undefined || there.length >= MOST_LINKED || there.some(({ span, trace: own }) => span === entry.span && own === entry.trace) || isFull(trace)) return undefined;
      trace.linked.set(from, [...there, entry]);
      return grow(trace, entry, now);
    },
    overdue(before) {
      for (const trace of traces.values()) return trace.firstAt < before || spans > limits.spans || bytes > limits.bytes ? trace : undefined;
      return undefined;
    },
    end(trace) {
      traces.delete(trace.id);
      spans -= trace.spans.size + [...trace.linked.values()].reduce((sum, entries) => sum + entries.length, 0);
      bytes -= trace.bytes;
      // Whoever still has it on a list keeps no spans by it.
      trace.spans.clear();
      trace.linked.clear();
      ended.add(trace.id);
      dropOldest(ended, limits.ended);
    },
    held: () => ({ traces: traces.size, spans, bytes }),
    dropped: () => ({ late, twice, overfull }),
  };
}

function beginTrace(id: string, now: number): HeldTrace {
  return { id, spans: new Map(), linked: new Map(), firstAt: now, latestAt: now, bytes: TRACE_BYTES, isNew: true, isDue: false, counted: [], orphans: 0, asked: [] };
}

/** About what it costs in memory: names of services and hosts are shared. */
function sizeOf({ name, parent, span }: Span): number {
  return SPAN_BYTES + 2 * (name.length + span.length + (parent?.length ?? 0));
}
