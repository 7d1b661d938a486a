import { pidsUnder } from "../../support/rollpin.ts";
import { excuseUntilTheyAnswer } from "../excuse.ts";
import { signalIfThere } from "../signal-if-there.ts";
import type { Nemesis } from "./nemesis.ts";

/** SIGSTOP to what the agent runs: the kernel goes on taking its connections. */
export const pauseService: Nemesis = async ({ agent, world }) => {
  const pids = (await pidsUnder(agent.folder)).filter((pid) => pid !== agent.pid());
  await excuseUntilTheyAnswer(world, [agent], async () => {
    for (const pid of pids) signalIfThere(pid, "SIGSTOP");
  });
  return () => {
    for (const pid of pids) signalIfThere(pid, "SIGCONT");
  };
};
