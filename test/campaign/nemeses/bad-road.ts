import type { Weather } from "../road.ts";
import type { Nemesis } from "./nemesis.ts";

export function badRoad(weather: Weather): Nemesis {
  return {
    inflict: ({ world }) => world.road.set(weather),
    heal: ({ world }) => world.road.set("clear"),
  };
}
