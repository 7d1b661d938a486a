import type { Split } from "../../model/routes.ts";
import { SLOTS } from "./compiled-routes.ts";
import { type Span, takeSlots } from "./slot-spans.ts";

/**
 * Deals the slots of a split to its shares, in their order. It rests on the document alone, so that what lives moves
 * nobody between shares.
 *
 * Each share but the last begins at a place of its own and takes free slots in one direction: the first from 0 upwards,
 * the second from the end downwards, the third and fourth from the middle up and down, the next ones from a quarter, from
 * three quarters, and so on. The last share is the remainder. So a share that grows keeps the slots that it has and takes
 * more; those that were dealt before it keep all of theirs; and those after it do too, until two of them meet: never
 * where there are two besides the remainder, and with four while no two neighbours have more than half together.
 */
export function dealSlots(split: Split): readonly (readonly Span[])[] {
  const shares = split.slice(0, -1);
  const total = split.reduce((sum, { weight }) => sum + weight, 0);
  let free: readonly Span[] = [{ from: 0, to: SLOTS }];
  // What rounding gives away can't be more than there is, and the remainder needs its own.
  let left = SLOTS - Number((split.at(-1)?.weight ?? 0) > 0);
  const dealt = shares.map(({ weight }, index) => {
    const count = Math.min(left, slotsOf(weight / total));
    left -= count;
    const took = takeSlots(free, startOf(index >> 1), index % 2 === 0 ? "up" : "down", count);
    free = took.free;
    return took.taken;
  });
  return [...dealt, free];
}

/** Whoever has a weight has a slot. */
function slotsOf(share: number): number {
  return share > 0 ? Math.max(1, Math.round(share * SLOTS)) : 0;
}

/** The van der Corput sequence in slots: 0, a half, a quarter, three quarters, an eighth ... each as far from the others as can be. */
function startOf(pair: number): number {
  let [place, part] = [0, 0.5];
  for (let bits = pair; bits > 0; bits >>= 1, part /= 2) place += (bits & 1) * part;
  return Math.floor(place * SLOTS);
}
