import { systemClock } from "../../../core/clock.ts";
import { pidsUnder } from "../../support/rollpin.ts";
import type { Nemesis } from "./nemesis.ts";

/** How long requests may fail: until the agent has started it again and Consul shows where. A busy machine needs a while. */
const EXCUSED_MS = 20_000;

export const killService: Nemesis = {
  async inflict({ agent, world }) {
    const fromMs = systemClock.monotonic() - 3_000;
    for (const pid of await pidsUnder(agent.folder)) if (pid !== agent.pid()) kill(pid);
    world.excuses.push({ service: agent.service, fromMs, toMs: systemClock.monotonic() + EXCUSED_MS });
  },
  heal: () => undefined,
};

/** It may have ended by itself since it was seen. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
