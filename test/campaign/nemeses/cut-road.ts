import type { Nemesis } from "./nemesis.ts";

/** Twice: what was opened again at once is cut as well. */
export const cutRoad: Nemesis = {
  inflict: ({ world }) => world.road.cut(),
  heal: ({ world }) => world.road.cut(),
};
