import type { Nemesis } from "./nemesis.ts";

export const pauseAgent: Nemesis = ({ agent }) => {
  process.kill(agent.pid(), "SIGSTOP");
  return () => void process.kill(agent.pid(), "SIGCONT");
};
