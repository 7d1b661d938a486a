import type { Nemesis } from "./nemesis.ts";

export const pauseConsul: Nemesis = async ({ world: { consul } }) => {
  await consul.pause();
  return () => consul.resume();
};
