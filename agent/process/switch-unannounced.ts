import { type Result, err, ok } from "../../core/model/result.ts";
import type { Change } from "../appliers/applier.ts";
import { bringUpBeside } from "./bring-up-beside.ts";
import { endCandidate, endProcess } from "./end.ts";
import type { Holding, Step } from "./holding.ts";
import { overlaps } from "./launch.ts";
import type { Stage } from "./stage.ts";

/**
 * The port that clients know, where they can't be told of another now and the new version is to be found there: the old
 * one goes before the new one comes, so that is proven elsewhere first. Undefined where that isn't so, or where the wanted
 * version serves already: its restart can wait until clients can be told.
 */
export function knownPort(change: Change, holding: Holding, { ground }: Stage): number | undefined {
  if (change.isCutOff !== true || holding.kind !== "held" || !overlaps(ground.deps.settings)) return undefined;
  const { port, version } = holding.current.launch();
  return version === change.to.version ? undefined : port;
}

/** Whether the new version comes up at all, on a port that nobody is told of; it is ended again. What serves is untouched. */
export async function tryOut(change: Change, version: string, { ground }: Stage, signal: AbortSignal): Promise<Result<void, NonNullable<Step["fault"]>>> {
  const up = await bringUpBeside(change, version, ground, signal);
  if (up.ok) {
    await endProcess(up.value, ground);
    return ok(undefined);
  }
  const { kind, message, live, launch } = up.fault;
  await endCandidate(live, launch, ground);
  return err({ kind, message });
}
