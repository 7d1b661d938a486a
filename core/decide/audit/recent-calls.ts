/** Calls of the last hours, counted by service, version and short spans of time, so that it can be said what a version did since a moment, or before it. Bounded, whatever comes. */
import type { AuditCall } from "../../model/audit-row.ts";
import { dropOldest } from "../drop-oldest.ts";

export interface FailedCall {
  readonly atMs: number;
  readonly operation: string;
  readonly trace: string | undefined;
}

export interface CountedCalls {
  readonly requests: number;
  readonly errors: number;
  readonly firstBad: FailedCall | undefined;
}

export interface RecentCalls {
  /** `nowMs`: what is older than some hours, or not yet, isn't counted. */
  add(call: AuditCall, atMs: number, nowMs: number): void;
  /** The span in which the moment lies included. */
  since(service: string, version: string, fromMs: number): CountedCalls;
  before(service: string, version: string, toMs: number): CountedCalls;
}

const SPAN_MS = 10_000;
export const HORIZON_MS = 2 * 3_600_000;
/** Clocks of two hosts are apart. */
const AHEAD_MS = 60_000;
/** More than fit between the two. */
const MOST_SPANS = (HORIZON_MS + 2 * AHEAD_MS) / SPAN_MS;
/** Of a service; those that were heard of last. */
const MOST_VERSIONS = 8;
const MOST_SERVICES = 200;

interface Span {
  requests: number;
  errors: number;
  firstBad: FailedCall | undefined;
}
/** By number: the time that it begins at, in spans. */
type Spans = Map<number, Span>;

export function countRecentCalls(): RecentCalls {
  const services = new Map<string, Map<string, Spans>>();
  const spansOf = (service: string, version: string): Spans => {
    const versions = touched(services, service, () => new Map<string, Spans>(), MOST_SERVICES);
    return touched(versions, version, () => new Map(), MOST_VERSIONS);
  };
  const total = (service: string, version: string, isIn: (span: number) => boolean): CountedCalls => {
    const counted: Span = { requests: 0, errors: 0, firstBad: undefined };
    for (const [number, span] of services.get(service)?.get(version) ?? []) if (isIn(number)) addTo(counted, span);
    return counted;
  };
  return {
    add(call, atMs, nowMs) {
      if (call.version === undefined || atMs < nowMs - HORIZON_MS || atMs > nowMs + AHEAD_MS) return;
      const spans = spansOf(call.service, call.version);
      const number = Math.floor(atMs / SPAN_MS);
      const isBad = call.result === "failed";
      const span = spans.get(number) ?? { requests: 0, errors: 0, firstBad: undefined };
      addTo(span, { requests: 1, errors: isBad ? 1 : 0, firstBad: isBad ? { atMs, operation: call.operation, trace: call.trace } : undefined });
      spans.set(number, span);
      if (spans.size > MOST_SPANS) dropPassed(spans, Math.floor((nowMs - HORIZON_MS) / SPAN_MS));
    },
    since: (service, version, fromMs) => total(service, version, (span) => (span + 1) * SPAN_MS > fromMs),
    before: (service, version, toMs) => total(service, version, (span) => (span + 1) * SPAN_MS <= toMs),
  };
}

/** The newest in the map's order, made where it isn't there. */
function touched<V>(kept: Map<string, V>, key: string, make: () => V, most: number): V {
  const value = kept.get(key) ?? make();
  kept.delete(key);
  kept.set(key, value);
  dropOldest(kept, most);
  return value;
}

function addTo(sum: Span, { errors, firstBad, requests }: Span): void {
  sum.requests += requests;
  sum.errors += errors;
  if (firstBad !== undefined && firstBad.atMs < (sum.firstBad?.atMs ?? Infinity)) sum.firstBad = firstBad;
}

function dropPassed(spans: Spans, oldest: number): void {
  for (const number of spans.keys()) if (number < oldest) spans.delete(number);
}
