/** Until when a call's answer counted: whoever still ran then was too slow, however well it ended. */
import type { Span } from "../../model/span.ts";
import type { JoinedTrace } from "./join-trace.ts";

/**
 * Memoised for one trace. Hosts' clocks differ, so a caller's limit is taken as a duration from when the callee began; only
 * a message's deadline is a time of day.
 */
export function createCutOffs(trace: JoinedTrace): (entry: Span) => number | undefined {
  const known = new Map<Span, number | undefined>();
  const cutOff = (entry: Span): number | undefined => {
    if (known.has(entry)) return known.get(entry);
    // Where parents lead in a circle, this is what is found the second time.
    known.set(entry, undefined);
    const call = trace.callOf(entry);
    const found = call === undefined ? undefined : cutOffOf(entry, call);
    known.set(entry, found);
    return found;
  };
  const cutOffOf = (entry: Span, call: Span): number | undefined => {
    if (call.kind === "producer") return call.deadline !== undefined && entry.end > call.deadline ? call.deadline : undefined;
    const waited = call.end - call.start;
    if (call.failed) return entry.end - entry.start >= waited ? entry.start + waited : undefined;
    const owner = trace.ownerOf(call);
    const above = owner === undefined ? undefined : cutOff(owner);
    if (above === undefined || !isRunningAt(call, above)) return undefined;
    const left = above - call.start;
    return entry.end - entry.start >= left ? entry.start + left : undefined;
  };
  return cutOff;
}

export function isRunningAt({ end, start }: Span, at: number): boolean {
  return start < at && end >= at;
}
