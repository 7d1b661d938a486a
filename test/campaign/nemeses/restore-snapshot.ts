import { excuseUntilTheyAnswer } from "../excuse.ts";
import { settleRestored } from "../settle-restored.ts";
import type { Nemesis } from "./nemesis.ts";

/**
 * What is done between the snapshot and its return is forgotten; operators say whose word counts. The catalog goes back too:
 * where the service's head didn't, nothing tells an agent, and Consul's own agent puts its place right within a minute.
 */
export const restoreSnapshot: Nemesis = async ({ fault, world }) => {
  const snapshot = await world.consul.snapshot();
  return async () => {
    await excuseUntilTheyAnswer(world, world.agents, () => world.consul.restore(snapshot));
    await settleRestored(world, fault.number % 2 === 0 ? "accept" : "reassert");
  };
};
