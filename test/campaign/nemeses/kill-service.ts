import { isGone, pidsUnder } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { excuseUntilItAnswers } from "../excuse.ts";
import type { CampaignAgent } from "../world.ts";
import type { Nemesis } from "./nemesis.ts";

export const killService: Nemesis = {
  inflict: ({ agent, world }) => excuseUntilItAnswers(world, agent, () => killAllBut(agent, [agent.pid()])),
  heal: () => undefined,
};

/** SIGKILL to what runs below an agent's folder; resolves when it is gone, for until then it may still answer. */
export async function killAllBut(agent: CampaignAgent, spared: readonly number[]): Promise<void> {
  const pids = (await pidsUnder(agent.folder)).filter((pid) => !spared.includes(pid));
  for (const pid of pids) kill(pid);
  await until(`what ran below ${agent.folder} is gone`, async () => (await Promise.all(pids.map(isGone))).every((gone) => gone), { everyMs: 2 });
}

/** It may have ended by itself since it was seen. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
