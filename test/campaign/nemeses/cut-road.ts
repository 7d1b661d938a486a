import type { Nemesis } from "./nemesis.ts";

/** Twice: what was opened again at once is cut as well. */
export const cutRoad: Nemesis = ({ world: { road } }) => {
  road.cut();
  return () => road.cut();
};
