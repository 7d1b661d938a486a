import { isDeepStrictEqual } from "node:util";
import { digestOf } from "../../../core/decide/digest.ts";
import type { DesiredState } from "../../../core/model/desired.ts";
import type { Head, Revision, Verdict } from "../../../core/model/records.ts";

/** What stands in Consul at the end, when all hands and commands rest. */
export interface Standing {
  readonly head: Head;
  readonly state: DesiredState;
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

/** Heads that don't say what history says last, and keys that aren't as both have it. */
export function strayHeads(standing: Readonly<Record<string, Standing>>, histories: Readonly<Record<string, readonly Revision[]>>): readonly string[] {
  return Object.entries(standing).flatMap(([service, { head, state }]) => {
    const last = histories[service]?.at(-1);
    if (last === undefined) return [`${service} has no history`];
    return [
      ...(head.revision === last.revision && head.plan === last.plan ? [] : [`${service}: the head is at revision ${head.revision} (${head.plan}), history at ${last.revision} (${last.plan})`]),
      ...(head.digest === digestOf(last.after) ? [] : [`${service}: the head's digest isn't that of revision ${last.revision}`]),
      ...(isDeepStrictEqual(state, last.after) ? [] : [`${service} stands as ${JSON.stringify(state)}, and revision ${last.revision} ended with ${JSON.stringify(last.after)}`]),
    ];
  });
}
