/** How the calls went that one failed entry made: whether its failure can be one of theirs. */
import type { Span } from "../../model/span.ts";
import { isRunningAt } from "./cut-off.ts";
import type { JoinedTrace } from "./join-trace.ts";

/** `below`: whoever took it failed. `unanswered`: nobody is known to have taken it. `pending`: it may still be answered in time. */
export type CallWent = "well" | "below" | "database" | "unanswered" | "pending";

export interface Weighing {
  readonly trace: JoinedTrace;
  readonly now: number;
  readonly cutOff: (entry: Span) => number | undefined;
}

/** `until`: when the entry that made the call was given up, if it was. */
export function weighCall(call: Span, until: number | undefined, { cutOff, now, trace }: Weighing): CallWent {
  const hasFailed = (entry: Span): boolean => entry.failed || cutOff(entry) !== undefined;
  const takers = trace.takenBy(call);
  if (call.kind === "producer") return weighMessage(call, takers, now);
  if (!call.failed && !(until !== undefined && isRunningAt(call, until))) return "well";
  if (call.database !== undefined) return "database";
  if (takers.some(hasFailed)) return "below";
  // Answered in time, and well: the caller didn't like the answer, or asked for what can't be had.
  return takers.length > 0 ? "well" : "unanswered";
}

/** Without a deadline nobody waits for it. */
export function weighMessage({ deadline }: Span, takers: readonly Span[], now: number): CallWent {
  if (deadline === undefined) return "well";
  if (takers.some((taker) => !taker.failed && taker.end <= deadline)) return "well";
  if (now <= deadline) return "pending";
  return takers.length > 0 ? "below" : "unanswered";
}
