import { type CompiledSplit, SLOTS } from "../routing/compiled-routes.ts";
import type { Destination } from "../routing/routing-facts.ts";
import { subsetName } from "./subsets.ts";

/** One way of a split. */
export interface Leg {
  /** Undefined: to nobody. */
  readonly destination: Destination | undefined;
  /** Of all, with two decimals at most; those of a split are 100 together. */
  readonly percent: number;
}

/** `main` first, the others by name: in the same order whatever their sizes. */
export type Legs = readonly Leg[];

/** What a split comes to, each way once. What no instance is there for goes to `spare`, or to nobody. */
export function legsOf({ runs }: CompiledSplit, main: Destination, spare?: Destination): Legs {
  const slots = new Map<string, { readonly destination: Destination | undefined; slots: number }>();
  for (const { destination = spare, from, to } of runs) {
    const name = destination === undefined ? "" : keyOf(destination);
    const former = slots.get(name);
    if (former === undefined) slots.set(name, { destination, slots: to - from });
    else former.slots += to - from;
  }
  const first = keyOf(main);
  const order = [...slots].sort(([a], [b]) => Number(b === first) - Number(a === first) || (a < b ? -1 : 1));
  // A slot is a hundredth of a percent, so that whole numbers are divided but once, and nothing is lost to rounding.
  return order.map(([, leg]) => ({ destination: leg.destination, percent: (leg.slots * 100) / SLOTS }));
}

export function largestOf(legs: Legs): Leg | undefined {
  return legs.toSorted((a, b) => b.percent - a.percent)[0];
}

export function isSameSubset(one: Destination, other: Destination): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf(destination: Destination): string {
  return `${destination.service} ${subsetName(destination)}`;
}
