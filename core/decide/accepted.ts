import { type DesiredKey, type DesiredState, NOTHING_DESIRED } from "../model/desired.ts";
import type { BadRecord } from "../model/parse-record.ts";
import type { Head, Revision } from "../model/records.ts";
import { digestOf } from "./digest.ts";
import { normalisedState } from "./effective.ts";

export interface Accepted {
  readonly state: DesiredState;
  /** Why the state is a reconstruction, where it is one. */
  readonly problems: readonly BadRecord[];
}

/**
 * The state that the head's revision accepted: `after` of its history entry. Where somebody removed that entry, any
 * state with the head's digest is the same state; where there is none, the newest one that is known is the best there is.
 */
export function determineAccepted(service: string, head: Head | undefined, history: readonly Revision[], desired: readonly DesiredKey[]): Accepted {
  if (head === undefined || head.revision === 0) return { state: NOTHING_DESIRED, problems: [] };
  const entry = history.find(({ revision }) => revision === head.revision);
  if (entry !== undefined) return { state: entry.after, problems: [] };
  const normal = normalisedState(desired);
  if (normal !== undefined && digestOf(normal) === head.digest) return { state: normal, problems: [] };
  const known = history.flatMap(({ before, after }) => [after, before]);
  const same = known.find((state) => digestOf(state) === head.digest);
  if (same !== undefined) return { state: same, problems: [] };
  const key = `history/${service}/${String(head.revision).padStart(10, "0")}`;
  return { state: known[0] ?? NOTHING_DESIRED, problems: [{ key, problems: ["it is missing or can't be read, so what was accepted is not known for sure"] }] };
}
