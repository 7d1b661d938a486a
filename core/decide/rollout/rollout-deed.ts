/** What of a rollout's moves is an action of the guard: kept with its evidence, explained, and told to people. */
import type { GuardAction } from "../../model/guard-records.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Move } from "./determine-move.ts";

export type RolloutDeed = Pick<GuardAction, "deed" | "outcome" | "why"> & { readonly line: string };

/** Undefined: it goes as whoever started it wants, or somebody else ended it, who knows. */
export function determineRolloutDeed(before: Rollout, after: Rollout, move: Move): RolloutDeed | undefined {
  if (after.state === "promoted") return { deed: "promote", outcome: "done", line: "rollout: what stands every step is good" };
  if (move.kind === "back" && after.state === "turned-back") return { deed: "turn-back", outcome: "done", why: move.why, line: move.line };
  const paused = after.paused?.why;
  if (paused === undefined || paused === before.paused?.why) return undefined;
  if (move.kind === "back") return { deed: "turn-back", outcome: "refused", why: `${paused}; it was to go back for this: ${move.why}`, line: move.line };
  if (move.kind === "pause") return move.isInstead ? { deed: "turn-back", outcome: "dry-run", why: move.why, line: move.line } : { deed: "pause", outcome: "paged", why: move.why, line: move.line };
  return { deed: "pause", outcome: "paged", why: paused, line: "rollout: a step that is refused pauses it" };
}

const LONGEST = 3_000;

/** All of it in a sentence, with what to do next. */
export function sayRolloutDeed({ deed, outcome, why = "" }: RolloutDeed, { by, service, steps, taken, version }: Rollout): string {
  const place = `at step ${taken} of ${steps.length}`;
  const next = `"rollpin rollout resume ${service}" goes on, "rollpin rollout abort ${service}" goes back`;
  return `${service} ${version}: its rollout by ${by} ${saying()}`.slice(0, LONGEST);

  function saying(): string {
    if (deed === "promote") return `stood ${steps.length === 1 ? "its one step" : `all ${steps.length} steps`} and is promoted; the version is good`;
    if (deed === "pause") return `pauses ${place}: ${why}; ${next}`;
    if (outcome === "done") return `is turned back ${place} to where it began, and the version is condemned: ${why}`;
    return outcome === "refused" ? `could not be turned back ${place}, and pauses: ${why}; ${next}` : `pauses ${place}: ${why}; ${next}`;
  }
}
