import type { Nemesis } from "./nemesis.ts";

export const killAgent: Nemesis = {
  inflict: ({ agent }) => agent.kill(),
  heal: ({ agent }) => agent.start(),
};
