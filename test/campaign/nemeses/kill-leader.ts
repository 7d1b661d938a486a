import type { Nemesis } from "./nemesis.ts";

/** Where there is one server it is the leader. */
export const killLeader: Nemesis = async ({ world: { consul } }) => {
  const leader = await consul.leaderIndex();
  await consul.kill(leader);
  return () => consul.restart(leader);
};
