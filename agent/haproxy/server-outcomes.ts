import type { Outcomes } from "../../core/decide/routing/eject-outliers.ts";
import type { Observed, ObservedServer } from "./observed.ts";

/** What HAProxy has counted of one server, in all backends that have it. */
export interface Counted {
  readonly sent: number;
  readonly open: number;
  readonly troubles: number;
  readonly answers: number;
}

/** By server. */
export type Counts = ReadonlyMap<string, Counted>;

export function countsIn({ backends }: Observed): Counts {
  const counts = new Map<string, Counted>();
  for (const server of [...backends.values()].flat()) counts.set(server.name, sum(counts.get(server.name), countedOf(server)));
  return counts;
}

/**
 * What became of requests between two looks, by server. Nothing where a count fell: HAProxy began anew, or somebody cleared
 * its counters, and how much came before that and how much after it isn't known.
 */
export function outcomesBetween(before: Counts, now: Counts): ReadonlyMap<string, Outcomes> {
  const pairs = [...now].flatMap(([name, counted]) => {
    const former = before.get(name);
    return former === undefined ? [] : [{ name, counted, former }];
  });
  const hasBegunAnew = pairs.some(({ counted, former }) => counted.sent < former.sent || counted.troubles < former.troubles || counted.answers < former.answers);
  return new Map(hasBegunAnew ? [] : pairs.map(({ counted, former, name }) => [name, outcomesOf(former, counted)]));
}

/** One request's trouble may be counted twice, and no more can have failed than are over. */
function outcomesOf(before: Counted, now: Counted): Outcomes {
  const over = now.sent - now.open - (before.sent - before.open);
  return { answers: now.answers - before.answers, failures: Math.max(0, Math.min(now.troubles - before.troubles, over)) };
}

function countedOf({ answered, tries: { open, sent, troubles } }: ObservedServer): Counted {
  return { sent, open, troubles, answers: Object.values(answered).reduce((all, count) => all + count, 0) };
}

function sum(one: Counted | undefined, other: Counted): Counted {
  if (one === undefined) return other;
  return { sent: one.sent + other.sent, open: one.open + other.open, troubles: one.troubles + other.troubles, answers: one.answers + other.answers };
}
