import type { Weather } from "../../support/road.ts";
import type { Nemesis } from "./nemesis.ts";

export function badRoad(weather: Weather): Nemesis {
  return ({ world: { road } }) => {
    road.set(weather);
    return () => road.set("clear");
  };
}
