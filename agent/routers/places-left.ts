import { isServedBy } from "../../core/decide/routing/routing-facts.ts";
import type { Pools } from "../proxy/pools.ts";
import type { Traffic } from "../proxy/traffic.ts";
import { keyOf } from "../proxy/upstream.ts";
import type { Place, View } from "./view.ts";

/** Places that new requests don't go to any more, while something is in flight there. */
export interface PlacesLeft {
  /** New requests go by this one. */
  turn(now: View): void;
  /** Resolves when the last of them has answered what it was asked. */
  whenIdle(): Promise<void>;
}

export function createPlacesLeft(traffic: Traffic, pools: Pools): PlacesLeft {
  const left = new Map<string, Place>();
  let places = new Map<string, Place>();
  /** A place that is gone keeps its connections until what is under way on them has ended. */
  const drop = async (place: Place): Promise<void> => {
    await traffic.whenIdle(place);
    if (!places.has(keyOf(place))) pools.drop(place);
  };
  return {
    turn(now) {
      const former = places;
      places = new Map(now.places.map((place) => [keyOf(place), place]));
      for (const [key, place] of former) {
        left.set(key, place);
        if (!places.has(key)) void drop(place);
      }
      for (const [key, place] of places) if (isTaken(place, now)) left.delete(key);
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
