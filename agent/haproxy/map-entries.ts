import { SLOTS } from "../../core/decide/routing/compiled-routes.ts";
import { type NamedRun, joinRuns } from "../routers/joined-runs.ts";
import { EVERYTHING, rulePattern, stickyPattern } from "../routers/rule-pattern.ts";
import type { View } from "../routers/view.ts";
import type { Assigned } from "./assign-backends.ts";

export interface MapEntry {
  readonly key: string;
  readonly value: string;
}
export type Entries = readonly MapEntry[];

/**
 * Rules and runs speak of splits by number, and there is no way to replace two maps at once. So new rules use the numbers
 * of the other bank, whose runs are there before the rules are; a request meets both of one bank, always.
 */
export type Bank = 0 | 1;
const BANK = 10_000_000;

/** In the order in which they are looked at; the last is for what no rule matches. */
export function ruleEntries({ compiled, routes }: View, caller: string, bank: Bank): Entries {
  const rules = compiled.rules.flatMap((_, index) => {
    const pattern = rulePattern(routes.rules[index]?.conditions ?? [], caller);
    return pattern === undefined ? [] : [{ key: pattern, value: String(firstKey(index + 1, bank)) }];
  });
  return [...rules, { key: EVERYTHING, value: String(firstKey(0, bank)) }];
}

/** `20000:24999 <backend>`. Slots that go to nobody are left out. */
export function runEntries({ compiled }: View, assigned: readonly Assigned[], bank: Bank): Entries {
  const backends = new Map(assigned.map(({ backend, destination }) => [destination, backend]));
  const entry = (first: number, { from, name, to }: NamedRun): Entries => (name === undefined ? [] : [{ key: `${first + from}:${first + to - 1}`, value: name }]);
  return [compiled.split, ...compiled.rules].flatMap((split, place) => joinRuns(split, (destination) => backends.get(destination)).flatMap((run) => entry(firstKey(place, bank), run)));
}

export function stickyEntries({ routes: { sticky } }: View): Entries {
  return sticky === undefined ? [] : [{ key: stickyPattern(sticky), value: String.raw`\1` }];
}

export function bankOf({ key, value }: MapEntry): Bank {
  return Number.parseInt(key.includes(":") && !key.includes("\\") ? key : value, 10) >= BANK ? 1 : 0;
}

export function isSame(one: Entries, other: Entries): boolean {
  return one.length === other.length && one.every(({ key, value }, index) => key === other[index]?.key && value === other[index].value);
}

/** The entry that has another value, where that is all that differs. */
export function onlyChange(from: Entries, to: Entries): MapEntry | undefined {
  if (from.length !== to.length || from.some(({ key }, index) => key !== to[index]?.key)) return undefined;
  const changed = to.filter(({ value }, index) => value !== from[index]?.value);
  // Values are set by key: two of the same would both be.
  return changed.length === 1 && to.filter(({ key }) => key === changed[0]?.key).length === 1 ? changed[0] : undefined;
}

export function linesOf(entries: Entries): string {
  return entries.map(({ key, value }) => `${key} ${value}\n`).join("");
}

function firstKey(place: number, bank: Bank): number {
  return bank * BANK + place * SLOTS;
}
