import type { Sticky } from "../../model/routes.ts";
import type { Matches } from "./compile-match.ts";
import { type CompiledRoutes, type CompiledSplit, type Decision, SLOTS } from "./compiled-routes.ts";
import type { RoutedRequest } from "./routed-request.ts";
import { xxh32 } from "./xxh32.ts";

/** The decisions of one split, ready made. */
interface Table {
  /** The slot after each run's last. */
  readonly ends: Int32Array;
  readonly hashed: readonly Decision[];
  readonly drawn: readonly Decision[];
}

/** `splits` begins with the one for requests that no rule matches. */
export function compileDecide(splits: readonly CompiledSplit[], rules: readonly Matches[], sticky: Sticky | undefined): CompiledRoutes["decide"] {
  const tables = splits.map(tableOf);
  return (request, random) => {
    const table = tables[firstMatch(rules, request) + 1];
    const value = sticky === undefined ? undefined : sticky.from === "cookie" ? request.cookie(sticky.name) : request.header(sticky.name);
    const isSticky = value !== undefined && value !== "";
    const slot = isSticky ? xxh32(value) % SLOTS : Math.min(SLOTS - 1, Math.floor(random * SLOTS));
    const decision = table === undefined ? undefined : (isSticky ? table.hashed : table.drawn)[runAt(table.ends, slot)];
    if (decision === undefined) throw new Error(`no decision for slot ${slot}`);
    return decision;
  };
}

/** -1 where none matches. */
function firstMatch(rules: readonly Matches[], request: RoutedRequest): number {
  for (let at = 0; at < rules.length; at += 1) if (rules[at]?.(request) === true) return at;
  return -1;
}

function runAt(ends: Int32Array, slot: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slot < (ends[middle] ?? SLOTS)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function tableOf({ runs, shares }: CompiledSplit, place: number): Table {
  const decisions = (sticky: boolean): readonly Decision[] =>
    runs.map(({ destination, instead, share }) => ({ destination, share: shares[share]?.text ?? "", rule: place === 0 ? undefined : place - 1, sticky, instead }));
  return { ends: Int32Array.from(runs, ({ to }) => to), hashed: decisions(true), drawn: decisions(false) };
}
