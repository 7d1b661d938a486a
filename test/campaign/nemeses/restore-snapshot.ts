import type { Nemesis } from "./nemesis.ts";
import { settleRestored } from "../settle-restored.ts";

/** What is done between the snapshot and its return is forgotten; operators say whose word counts. */
export const restoreSnapshot: Nemesis = async ({ fault, world }) => {
  const snapshot = await world.consul.snapshot();
  return async () => {
    await world.consul.restore(snapshot);
    await settleRestored(world, fault.number % 2 === 0 ? "accept" : "reassert");
  };
};
