import type { Nemesis } from "./nemesis.ts";

/** All servers at once. */
export const killConsul: Nemesis = async ({ world: { consul } }) => {
  await consul.kill();
  return () => consul.restart();
};
