import type { Nemesis } from "./nemesis.ts";

export const pauseAgent: Nemesis = {
  inflict: ({ agent }) => void process.kill(agent.pid(), "SIGSTOP"),
  heal: ({ agent }) => void process.kill(agent.pid(), "SIGCONT"),
};
