import type { Nemesis } from "./nemesis.ts";

/** The token of a service's agents is deleted, and made again as it was. */
export const revokeToken: Nemesis = ({ agent, world: { consul } }) => consul.suspendToken(agent.token);
