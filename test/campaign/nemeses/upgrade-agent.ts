import { type Nemesis, NOTHING } from "./nemesis.ts";

/** No harm at all: another agent takes its place while something changes. */
export const upgradeAgent: Nemesis = async ({ agent }) => {
  await agent.upgrade();
  return NOTHING;
};
