import { excuseFor } from "../excuse.ts";
import { settleRestored } from "../settle-restored.ts";
import type { Nemesis } from "./nemesis.ts";

/** Consul's own agent would take up to a minute. */
const GRACE_MS = 5_000;

/**
 * What is done between the snapshot and its return is forgotten; operators say whose word counts. The catalog goes back too,
 * and agents put their places right at once, also where the service's head didn't go back.
 */
export const restoreSnapshot: Nemesis = async ({ fault, world }) => {
  const snapshot = await world.consul.snapshot();
  return async () => {
    await excuseFor(world, world.agents, GRACE_MS, () => world.consul.restore(snapshot));
    await settleRestored(world, fault.number % 2 === 0 ? "accept" : "reassert");
  };
};
