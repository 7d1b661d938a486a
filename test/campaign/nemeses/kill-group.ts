import { killService } from "./kill-service.ts";
import type { Nemesis } from "./nemesis.ts";

/** All that a service has, at once: agents and processes, as when its hosts lose their power. */
export const killGroup: Nemesis = async (target) => {
  const group = target.world.agents.filter(({ service }) => service === target.agent.service);
  await Promise.all(group.map(async (agent) => {
    await agent.kill();
    await killService({ ...target, agent });
  }));
  return async () => void (await Promise.all(group.map((agent) => agent.start())));
};
