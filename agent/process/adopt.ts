import type { Ground } from "./ground.ts";
import { type ProcessIdentity, isAlive } from "./kernel-facts.ts";
import { type Exit, type Live, createLive } from "./live.ts";
import type { Entry } from "./process-record.ts";
import { watchOutput } from "./start.ts";

/** It is no child of this agent, so nobody tells of its end: one small read each time. */
const LOOK_EVERY_MS = 500;

/** The process that a former agent recorded, if that very one lives: same pid, same start time. */
export function adoptProcess(entry: Entry, ground: Ground): Live | undefined {
  const { pid, startTime, role: _role, ready: _ready, ...launch } = entry;
  if (pid === undefined || startTime === undefined || !isAlive({ pid, startTime }, true)) return undefined;
  const live = createLive({ port: undefined, config: undefined, routes: undefined, ...launch }, { pid, startTime }, whenGone({ pid, startTime }, ground));
  watchOutput(live, ground);
  ground.deps.log({ event: "adopted", version: live.launch.version, pid, port: live.launch.port });
  return live;
}

/** Never resolves where the agent goes first. */
function whenGone(identity: ProcessIdentity, { deps, closing }: Ground): Promise<Exit> {
  return new Promise((resolve) => {
    const look = async (): Promise<void> => {
      while (isAlive(identity)) {
        if (closing.aborted) return;
        await deps.clock.sleep(LOOK_EVERY_MS, closing);
      }
      resolve({});
    };
    void look();
  });
}
