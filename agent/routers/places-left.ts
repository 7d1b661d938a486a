import { isServedBy } from "../../core/decide/routing/routing-facts.ts";
import type { Pools } from "../proxy/pools.ts";
import type { Traffic } from "../proxy/traffic.ts";
import { keyOf } from "../proxy/upstream.ts";
import type { Place, View } from "./view.ts";

/** Places that new requests don't go to any more, while something is in flight there. */
export interface PlacesLeft {
  turn(before: View | undefined, now: View): void;
  /** Resolves when the last of them has answered what it was asked. */
  whenIdle(): Promise<void>;
}

export function createPlacesLeft(traffic: Traffic, pools: Pools): PlacesLeft {
  const left = new Map<string, Place>();
  let current: View | undefined;
  /** A place that is gone keeps its connections until what is under way on them has ended. */
  const drop = async (place: Place): Promise<void> => {
    await traffic.whenIdle(place);
    if (current?.places.some((other) => keyOf(other) === keyOf(place)) !== true) pools.drop(place);
  };
  return {
    turn(before, now) {
      current = now;
      for (const place of before?.places ?? []) {
        left.set(keyOf(place), place);
        if (!now.places.some((other) => keyOf(other) === keyOf(place))) void drop(place);
      }
      for (const place of now.places) if (isTaken(place, now)) left.delete(keyOf(place));
      for (const [key, place] of left) if (traffic.count(place) === 0) left.delete(key);
    },
    async whenIdle() {
      await Promise.all([...left.values()].map((place) => traffic.whenIdle(place)));
    },
  };
}

function isTaken(place: Place, { compiled }: View): boolean {
  return compiled.destinations.some((destination) => destination.service === place.service && isServedBy(destination, place.instance));
}
