import type { Nemesis } from "./nemesis.ts";

export const killAgent: Nemesis = async ({ agent }) => {
  await agent.kill();
  return () => agent.start();
};
