import type { Asked } from "./admission.ts";

/** Hundreds may wait, and a slot that becomes free should not lie about for long. */
const FIRST_MS = 250;
const LONGEST_MS = 3_000;
/** Only a person, or an instance that gets through after all, moves what was stopped. */
const LONGEST_STOPPED_MS = 60_000;
const REFUSED_MS = 5_000;
const GROWTH = 1.6;

/** How long until a slot is asked for again, after `times` answers of that kind in a row. Half to one and a half of it, so that a fleet spreads. */
export function pauseBeforeAsking(asked: Asked, times: number, random: () => number): number {
  return baseOf(asked, times) * (0.5 + random());
}

function baseOf(asked: Asked, times: number): number {
  if (asked.kind === "fault") return asked.fault.kind === "denied" || asked.fault.kind === "overloaded" ? REFUSED_MS : grown(times, LONGEST_MS);
  switch (asked.answer.kind) {
    case "stopped":
      return grown(times, LONGEST_STOPPED_MS);
    case "contended":
    case "full":
    case "granted":
      return grown(times, LONGEST_MS);
  }
}

function grown(times: number, longest: number): number {
  return Math.min(longest, FIRST_MS * GROWTH ** Math.min(times, 30));
}
