import { type Result, err, ok } from "./result.ts";

/** How many instances of a service may be changing at once. */
export type Pace =
  | { readonly kind: "all" }
  | { readonly kind: "count"; readonly count: number; readonly stopAfter: number }
  /** Of the service's live instances. */
  | { readonly kind: "percentage"; readonly percentage: number; readonly stopAfter: number };

/** The reason of instances that wait for their turn (reconciling) or get none, because others stalled (held). */
export const PACE_CODE = "pace";

/** What is left of `Pace` where there is something to wait for. */
export type Bounded = Exclude<Pace, { readonly kind: "all" }>;

const SENTENCE = /^(all|[1-9][0-9]{0,8}|[0-9]{1,3}(?:\.[0-9]{1,6})?%)(?:\s+stop-after\s+([1-9][0-9]{0,8}))?$/;

/** A bad version is tried by one instance, unless the pace says otherwise. */
const STOP_AFTER = 1;

/**
 * Reads a pace as a person or a plan wrote it: a whole number from 1, a percentage up to 100%, or `all`; after a number or
 * a percentage `stop-after <k>` may follow. White space around and between is forgiven. The error is a sentence for `status`.
 */
export function parsePace(text: string): Result<Pace, string> {
  const [, amount = "", after] = SENTENCE.exec(text.trim()) ?? [];
  const stopAfter = after === undefined ? STOP_AFTER : Number(after);
  if (amount === "all" && after === undefined) return ok({ kind: "all" });
  if (amount.endsWith("%")) {
    const percentage = Number(amount.slice(0, -1));
    if (percentage > 0 && percentage <= 100) return ok({ kind: "percentage", percentage, stopAfter });
  } else if (amount !== "" && amount !== "all") return ok({ kind: "count", count: Number(amount), stopAfter });
  return err("a pace is a whole number of instances from 1, a percentage up to 100%, or `all`; after a number or a percentage, `stop-after <k>` may follow");
}

/** The normal form: what digests and history hold. */
export function paceText(pace: Pace): string {
  if (pace.kind === "all") return "all";
  const amount = pace.kind === "count" ? String(pace.count) : `${pace.percentage}%`;
  return pace.stopAfter === STOP_AFTER ? amount : `${amount} stop-after ${pace.stopAfter}`;
}

/** Undefined where nothing waits: no pace, or `all`. `text` is a normalised part of desired state. */
export function boundedPace(text: string | undefined): Bounded | undefined {
  const pace = text === undefined ? undefined : parsePace(text);
  return pace?.ok === true && pace.value.kind !== "all" ? pace.value : undefined;
}
