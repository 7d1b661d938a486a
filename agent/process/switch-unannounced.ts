import { type Result, err, ok } from "../../core/model/result.ts";
import type { Change } from "../appliers/applier.ts";
import { bringUp } from "./bring-up.ts";
import { writeConfig } from "./config-file.ts";
import { endProcess, endRemains } from "./end.ts";
import type { Holding, Step } from "./holding.ts";
import { overlaps, planLaunch } from "./launch.ts";
import { takePort } from "./port.ts";
import type { Stage } from "./stage.ts";

/**
 * The port that clients know, where they can't be told of another now and the new version is to be found there: the old
 * one goes before the new one comes, so that is proven elsewhere first. Undefined where that isn't so.
 */
export function knownPort(change: Change, holding: Holding, { ground }: Stage): number | undefined {
  if (change.isCutOff !== true || holding.kind !== "held" || !overlaps(ground.deps.settings)) return undefined;
  return holding.current.launch().port;
}

/** Whether the new version comes up at all, on a port that nobody is told of; it is ended again. What serves is untouched. */
export async function tryOut(change: Change, version: string, { ground }: Stage, signal: AbortSignal): Promise<Result<void, NonNullable<Step["fault"]>>> {
  const launch = planLaunch(change, version, await takePort(ground.ports));
  const config = await writeConfig(ground.folder, launch.token, change.to.config);
  if (!config.ok) return err({ kind: "refused", message: config.fault });
  const up = await bringUp(launch, ground, { role: "candidate", settleMs: ground.deps.settings.settle, signal });
  const live = up.ok ? up.value : up.fault.live;
  if (live === undefined) await endRemains(launch.token, version, ground);
  else await endProcess(live, ground);
  return up.ok ? ok(undefined) : err({ kind: up.fault.kind, message: up.fault.message });
}
