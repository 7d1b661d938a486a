import { isGone, pidsUnder } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { excuseUntilTheyAnswer } from "../excuse.ts";
import { signalIfThere } from "../signal-if-there.ts";
import { type Nemesis, NOTHING } from "./nemesis.ts";

/** SIGKILL to what the agent runs; until it is gone it may still answer. */
export const killService: Nemesis = async ({ agent, world }) => {
  await excuseUntilTheyAnswer(world, [agent], async () => {
    const pids = (await pidsUnder(agent.folder)).filter((pid) => pid !== agent.pid());
    for (const pid of pids) signalIfThere(pid, "SIGKILL");
    await until(`what ${agent.instance} ran is gone`, async () => (await Promise.all(pids.map(isGone))).every((gone) => gone), { everyMs: 2 });
  });
  return NOTHING;
};
